import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  unknown,
  type Value,
  walk,
} from "../rule";
import { hubs, judgeBucket, judgeHost, judgePlace } from "./model-places";

/**
 * What the commands, variables and custom resources of the objects of a cluster would fetch weights from. Read are the
 * command lines of vLLM, SGLang, Dynamo's workers, Hugging Face's and rclone's tools, variables that name a hub or a model,
 * and addresses of buckets and hubs wherever they stand; not what a program in an image does without being told.
 */
export function judgeFetches({ type, props }: Resource, context: Context): Observation[] {
  if (type.startsWith("kubernetes:helm.sh/") || /:(ConfigFile|ConfigGroup|Directory)$/.test(type)) return [];
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const [list, index] = [field.at(-2), field.at(-1)];
    if (
      typeof index === "number" &&
      /^(containers|initContainers|ephemeralContainers)$/.test(String(list)) &&
      isObject(value)
    ) {
      found.push(...judgeContainer(value, field, regionAround(props, field), context));
    } else if (/^(storageUri|modelUri|modelURI|modelSource)$/.test(String(index)) && !inContainer(field)) {
      if (value === unknown) found.push(deferred(field));
      if (typeof value === "string" && value !== "") found.push(...judgePlace(value, field, context));
    }
  });
  return found;
}

const inContainer = (field: Path) => field.some((part) => /^(containers|initContainers)$/.test(String(part)));

/** The region of its bucket that the pod of a container says in its annotations. */
function regionAround(props: Properties, field: Path): string | undefined {
  for (let length = field.length - 2; length >= 0; length--) {
    const around = field.slice(0, length).reduce<Value>((value, part) => (value as Properties)?.[part], props);
    const metadata = isObject(around) ? around.metadata : undefined;
    const annotations = isObject(metadata) ? metadata.annotations : undefined;
    const region = isObject(annotations) ? annotations["ai-platform/weights-region"] : undefined;
    if (typeof region === "string") return region;
  }
  return undefined;
}

/** Variables that say which hub software fetches from. */
const hubVariables = /^(HF_ENDPOINT|HUGGINGFACE_HUB_ENDPOINT|MODELSCOPE_DOMAIN)$/i;

/** Variables that name a model or where it lies. */
const modelVariables =
  /^(MODEL|MODEL_ID|MODEL_NAME|MODEL_PATH|MODEL_URI|MODEL_SOURCE|HF_MODEL_ID|STORAGE_URI|VLLM_MODEL|RAY_MODEL_SOURCE)$/i;

/** A program that takes a hub's repository for a model. */
const server =
  /(^|[/\s])(vllm|sglang|sglang\.launch_server|dynamo\.(vllm|sglang|trtllm)|text-generation-launcher|lmdeploy|trtllm-serve)(\s|$)/;
const download = /(^|[/\s])(hf|huggingface-cli|modelscope)\s+download\s+(?<repository>[^\s"']+)/;

const repository = /^[\w.-]+\/[\w.-]+$/;

function judgeContainer(container: Properties, at: Path, around: string | undefined, context: Context): Observation[] {
  const env = new Map(
    (Array.isArray(container.env) ? (container.env as readonly Value[]) : []).flatMap((variable, index) =>
      isObject(variable) && typeof variable.name === "string"
        ? [[variable.name, { value: variable.value, field: [...at, "env", index, "value"] }] as const]
        : [],
    ),
  );
  const found: Observation[] = [];
  const text = (name: string) => {
    const value = env.get(name)?.value;
    return typeof value === "string" ? value : undefined;
  };
  const region = text("AWS_REGION") ?? text("AWS_DEFAULT_REGION") ?? around;
  for (const [name, { value, field }] of env) {
    if (!(hubVariables.test(name) || modelVariables.test(name))) continue;
    if (value === unknown) found.push(deferred(field));
    if (typeof value !== "string") continue;
    if (hubVariables.test(name)) found.push(...judgeHub(value, field, context));
  }
  const offline = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].some((name) =>
    /^(1|true|yes|on)$/i.test(text(name) ?? ""),
  );
  const hub = /^(1|true|yes|on)$/i.test(text("VLLM_USE_MODELSCOPE") ?? "")
    ? hubs.modelScope
    : (text("HF_ENDPOINT") ?? hubs.huggingFace);

  const words = (["command", "args"] as const).flatMap((key): readonly Word[] => {
    const list = container[key];
    if (list === unknown) return [{ word: unknown, field: [...at, key] as Path }];
    return (Array.isArray(list) ? (list as readonly Value[]) : []).map((word, index) => ({
      word,
      field: [...at, key, index] as Path,
    }));
  });
  const line = words.map(({ word }) => (typeof word === "string" ? word : "")).join(" ");
  const serves = server.test(line);
  if (words.some(({ word }) => word === unknown) && (serves || /(^|\s)(hf|rclone)\s/.test(line))) {
    found.push(deferred(words.find(({ word }) => word === unknown)!.field));
  }
  const fromHub = (name: string, field: Path) =>
    offline ? [] : judgeHost(hub.replace(/^[a-z]+:\/\//i, "").split("/")[0]!, field, name, context);

  const named = download.exec(line)?.groups?.repository;
  if (named !== undefined) {
    const field = words.find(({ word }) => typeof word === "string" && word.includes(named))!.field;
    found.push(...fromHub(named, field));
  } else if (serves) {
    const model = modelOf(words);
    if (model !== undefined && repository.test(model.word)) found.push(...fromHub(model.word, model.field));
  }
  for (const [name, { value, field }] of env) {
    if (modelVariables.test(name) && typeof value === "string" && repository.test(value))
      found.push(...fromHub(value, field));
  }
  const texts = [
    ...words.map(({ word, field }) => ({ text: word, field })),
    ...[...env.values()].map(({ value, field }) => ({ text: value, field })),
  ];
  return [
    ...found,
    ...texts.flatMap(({ text: each, field }) =>
      typeof each === "string" ? judgeText(each, field, region, context) : [],
    ),
  ];
}

function judgeHub(value: string, field: Path, context: Context): Observation[] {
  const host = value.replace(/^[a-z]+:\/\//i, "").split("/")[0] ?? "";
  return host === "" ? [] : judgeHost(host, field, value, context);
}

interface Word {
  readonly word: Value;
  readonly field: Path;
}

/** What a server is told to serve: after `serve`, or as `--model`, `--model-path` or `--model-id`. */
function modelOf(words: readonly Word[]): { readonly word: string; readonly field: Path } | undefined {
  for (const [index, { word, field }] of words.entries()) {
    if (typeof word !== "string") continue;
    const [, inline] =
      /--(?:model|model-path|model-id|model-name)[=\s]+["']?([^\s"']+)/.exec(word) ??
      /\bserve\s+["']?([^\s"'-][^\s"']*)/.exec(word) ??
      [];
    if (inline !== undefined) return { word: inline, field };
    if (/^(serve|--model|--model-path|--model-id)$/.test(word)) {
      const next = words
        .slice(index + 1)
        .find((each) => typeof each.word === "string" && !String(each.word).startsWith("-"));
      if (next !== undefined) return { word: String(next.word), field: next.field };
    }
  }
  return undefined;
}

/** Addresses of buckets and hubs in a text, as tools write them. */
function judgeText(text: string, field: Path, region: string | undefined, context: Context): Observation[] {
  const found: Observation[] = [];
  for (const [place] of text.matchAll(/(?<![\w+.-])(s3|gs|gcs|hf|huggingface|modelscope):\/\/[^\s"'`,;)]+/gi)) {
    found.push(...judgePlace(place, field, context, region));
  }
  for (const [remote, kind, options = ""] of text.matchAll(/(?<![\w])(?::)(s3|gcs)((?:,[\w-]+=[^:,\s]*)*):\S+/gi)) {
    const stated = /,region=([^:,\s]+)/.exec(options)?.[1] ?? region;
    const endpoint = /,endpoint=([^:,\s]+)/.exec(options)?.[1];
    if (endpoint !== undefined) found.push(...judgeHub(endpoint, field, context));
    found.push(
      ...judgeBucket(
        `${kind!.toLowerCase() === "gcs" ? "gs" : "s3"}://${remote.split(":").at(-1)}`,
        stated,
        field,
        context,
      ),
    );
  }
  return found;
}
