import { describe, expect, it } from "vitest";
import { computedWeights, parametersOf, sum } from "../sizing/weights";
import { memoryMeasurements } from "./memory-measurements";
import { type CatalogModel, type ModelName, models } from "./models";

const all = Object.entries(models) as [ModelName, CatalogModel][];

describe("models", () => {
  it("are at least a dozen, the two that environments name among them", () => {
    expect(all.length).toBeGreaterThanOrEqual(12);
    expect(Object.keys(models)).toEqual(expect.arrayContaining(["qwen3-32b", "deepseek-r1"]));
  });

  it.each(all)("%s is named by its repository, and says where its facts are from", (_, model) => {
    expect(model.huggingFace).toMatch(/^[\w.-]+\/[\w.-]+$/);
    expect(model.revision ?? "0".repeat(40)).toMatch(/^[0-9a-f]{40}$/);
    expect(model.source).toMatch(/\S/);
    expect(model.license).toMatch(/\S/);
    expect(model.date).toMatch(/^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
  });

  it("have repositories and revisions of their own", () => {
    for (const field of ["huggingFace", "revision"] as const) {
      const stated = all.map(([, model]) => model[field]).filter((value) => value !== undefined);
      expect(new Set(stated).size, field).toBe(stated.length);
    }
  });

  it.each(all)("%s has the parameters that follow from its shape", (_, model) => {
    const parts = parametersOf(model);
    // Small models have one table of tokens where large ones have two.
    const counts = [sum(parts), sum(parts) - parts.vocabulary / 2];
    const off = counts.map((count) => Math.abs(count / 1e9 / model.parametersBillions - 1));
    expect(Math.min(...off)).toBeLessThan(0.005);
  });

  it.each(all)("%s has the weights that follow from its shape and precision", (_, model) => {
    const parts = computedWeights(model);
    const sizes = [sum(parts), sum(parts) - parts.vocabulary / 2];
    const off = sizes.map((size) => Math.abs(size / 2 ** 30 / model.weightsGib - 1));
    expect(Math.min(...off)).toBeLessThan(0.01);
  });

  it.each(all)("%s has heads that share keys evenly, and latent attention whole", (_, model) => {
    expect(model.heads % model.kvHeads).toBe(0);
    expect(model.latent === undefined).toBe(model.attention !== "latent");
    expect(model.experts === undefined).toBe(model.activeParametersBillions === undefined);
    expect(model.slidingWindow?.layers ?? 0).toBeLessThanOrEqual(model.layers);
  });
});

describe("measurements of memory", () => {
  it("are of at least eight pairs of a model and GPUs, and say who published them", () => {
    const pairs = new Set(memoryMeasurements.map(({ model, accelerator, gpus }) => `${model} ${accelerator} ${gpus}`));
    expect(pairs.size).toBeGreaterThanOrEqual(8);
    for (const { source } of memoryMeasurements)
      expect(source).toMatch(/^https:\/\/\S+|^[\w.-]+\/[\w.-]+ \S+ at [0-9a-f]{40}$/);
  });
});
