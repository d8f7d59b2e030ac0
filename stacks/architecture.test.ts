import { describe, expect, it } from "vitest";
import { type CatalogModel, models } from "../catalog/models";
import { architecture } from "./architecture";

const without = (model: CatalogModel) => {
  const { huggingFace, revision, license, source, date, note, ...shape } = model;
  return shape;
};

const messagesOf = (value: unknown): string[] => {
  const result = architecture.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

describe("a stated architecture", () => {
  it.each(Object.entries(models))("may be what the catalog has of %s", (_, model) => {
    expect(architecture.parse(without(model))).toEqual(without(model));
  });

  const dense = without(models["qwen3-32b"]);
  const mixture = without(models["deepseek-r1"]);
  it.each([
    [{ ...dense, layer: 3 }, 'Unrecognized key: "layer"'],
    [{ ...dense, layers: 0 }, "layers: "],
    [{ ...dense, weightsGib: undefined }, "weightsGib: "],
    [{ ...dense, kvHeads: 7 }, "kvHeads: a divisor of heads, which is 64"],
    [{ ...dense, latent: { kvRank: 1, ropeDim: 1 } }, "latent: grouped-query attention has none"],
    [{ ...mixture, latent: undefined }, "latent: latent attention has one"],
    [{ ...dense, slidingWindow: { tokens: 128, layers: 65 } }, "slidingWindow: at most all layers, which are 64"],
    [{ ...mixture, experts: { ...mixture.experts, perToken: 257 } }, "experts: perToken is at most count"],
    [{ ...mixture, experts: { ...mixture.experts, denseLayers: 61 } }, "experts: denseLayers is less than layers"],
  ])("is refused: %#", (value, message) => {
    expect(messagesOf(value).join("\n")).toContain(message);
  });
});
