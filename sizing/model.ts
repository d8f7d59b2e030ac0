import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { closest } from "fastest-levenshtein";
import { type Architecture, huggingFaceUrl, type ModelName, models } from "../catalog/models";
import { architectureOf, ConfigError } from "./config";

/** A model to size, and how it was found. */
export interface NamedModel {
  readonly name: string;
  readonly architecture: Architecture;
  readonly huggingFace?: string;
  /** Folder of the `config.json` that was read. */
  readonly folder?: string;
  /** Where its shape comes from. */
  readonly source: string;
}

/** A model that is not to be found, or cannot be understood. */
export class ModelError extends Error {
  override name = "ModelError";
}

const patienceSeconds = 15;

/**
 * The model of such a name: a key of catalog/models.ts, a name on Hugging Face, or the path of a `config.json` or of the
 * folder of one.
 *
 * @throws ModelError with what was looked for, and what to do.
 */
export async function findModel(name: string, fetcher: typeof fetch = fetch): Promise<NamedModel> {
  const lower = name.toLowerCase();
  const key = (Object.keys(models) as ModelName[]).find(
    (candidate) => candidate === lower || models[candidate].huggingFace.toLowerCase() === lower,
  );
  if (key !== undefined) {
    const { huggingFace, source } = models[key];
    return { name: key, architecture: models[key], huggingFace, source };
  }
  if (existsSync(name)) return fromFile(name);
  if (/^[\w.-]+\/[\w.-]+$/.test(name) && !name.startsWith(".")) return fromHuggingFace(name, fetcher);
  if (name.includes("/") || name.endsWith(".json"))
    throw new ModelError(`there is no file ${name}; expected a config.json or the folder of one`);
  throw new ModelError(
    `there is no model "${name}" in the catalog; did you mean ${closest(lower, Object.keys(models))}? Otherwise name it as on Hugging Face (organisation/name), or give the path of its config.json. In the catalog: ${Object.keys(models).join(", ")}`,
  );
}

function fromFile(name: string): NamedModel {
  const file = statSync(name).isDirectory() ? path.join(name, "config.json") : name;
  if (!existsSync(file)) throw new ModelError(`there is no config.json in ${name}`);
  const folder = path.dirname(path.resolve(file));
  return {
    name: path.basename(folder),
    architecture: understood(readFileSync(file, "utf8"), file),
    // Tools that read a folder look for that name in it.
    ...(path.basename(file) === "config.json" ? { folder } : {}),
    source: file,
  };
}

async function fromHuggingFace(name: string, fetcher: typeof fetch): Promise<NamedModel> {
  const url = `${huggingFaceUrl}/${name}/resolve/main/config.json`;
  const token = process.env.HF_TOKEN;
  const answer = await fetcher(url, {
    signal: AbortSignal.timeout(patienceSeconds * 1000),
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
  }).catch((cause: Error) => {
    const reason = (cause.cause as Error | undefined)?.message ?? cause.message;
    throw new ModelError(
      `${name} is not in the catalog, and Hugging Face cannot be reached (${reason}); give the path of its config.json`,
    );
  });
  if (answer.status === 401 || answer.status === 403)
    throw new ModelError(`Hugging Face lets nobody read ${name} without a token that may (HF_TOKEN), if it exists`);
  if (!answer.ok) throw new ModelError(`Hugging Face has no config.json of ${name} (status ${answer.status})`);
  return { name, architecture: understood(await answer.text(), url), huggingFace: name, source: url };
}

function understood(text: string, where: string): Architecture {
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config !== "object" || config === null || Array.isArray(config))
      throw new ConfigError("config.json is no JSON object");
    return architectureOf(config as Record<string, unknown>);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ModelError(`${where} is no JSON: ${error.message}`);
    if (error instanceof ConfigError) throw new ModelError(`${where}: ${error.message}`);
    throw error;
  }
}
