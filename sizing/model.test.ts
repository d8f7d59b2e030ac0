import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { models } from "../catalog/models";
import { configOf } from "./config";
import { findModel, ModelError } from "./model";

const text = JSON.stringify(configOf(models["qwen3-8b"]));
const unreachable = (() =>
  Promise.reject(new TypeError("fetch failed", { cause: new Error("no route") }))) as typeof fetch;
const answering = (body: string, status = 200, asked: string[] = []) =>
  ((url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(body, { status }));
  }) as typeof fetch;

describe("a model", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sizing-model-"));
    writeFileSync(path.join(folder, "config.json"), text);
    writeFileSync(path.join(folder, "broken.json"), "{");
    writeFileSync(path.join(folder, "other.json"), text);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["qwen3-32b", "Qwen3-32B", "Qwen/Qwen3-32B", "qwen/qwen3-32b"])("%s is that of the catalog", async (name) => {
    expect(await findModel(name, unreachable)).toMatchObject({ name: "qwen3-32b", architecture: models["qwen3-32b"] });
  });

  it("is read from a file, or from the folder of one", async () => {
    for (const name of [folder, path.join(folder, "config.json")]) {
      const found = await findModel(name, unreachable);
      expect(found).toMatchObject({ name: path.basename(folder), folder, architecture: { layers: 36 } });
    }
    expect(await findModel(path.join(folder, "other.json"), unreachable)).not.toHaveProperty("folder");
  });

  it("is fetched from Hugging Face where the catalog lacks it", async () => {
    const asked: string[] = [];
    expect(await findModel("Org/Model-1", answering(text, 200, asked))).toMatchObject({ huggingFace: "Org/Model-1" });
    expect(asked).toEqual(["https://huggingface.co/Org/Model-1/resolve/main/config.json"]);
  });

  it.each([
    ["qwen3-33b", unreachable, /there is no model "qwen3-33b" in the catalog; did you mean qwen3-32b\?/],
    ["Org/Model", unreachable, /Org\/Model is not in the catalog, and Hugging Face cannot be reached \(no route\)/],
    ["Org/Model", answering("", 404), /Hugging Face has no config.json of Org\/Model \(status 404\)/],
    ["Org/Model", answering("", 401), /lets nobody read Org\/Model without a token/],
    ["Org/Model", answering("<html>"), /is no JSON/],
    ["Org/Model", answering("[]"), /config.json is no JSON object/],
    ["Org/Model", answering("{}"), /config.json has no num_hidden_layers/],
    ["./none/config.json", unreachable, /there is no file .\/none\/config.json/],
    [tmpdir(), unreachable, /there is no config.json in/],
  ])("%s is refused: one sentence", async (name, fetcher, message) => {
    const refused = findModel(name, fetcher);
    await expect(refused).rejects.toThrow(ModelError);
    await expect(refused).rejects.toThrow(message);
  });

  it("in a broken file is refused with the file's name", async () => {
    await expect(findModel(path.join(folder, "broken.json"))).rejects.toThrow(/broken.json is no JSON/);
  });
});
