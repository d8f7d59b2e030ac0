import type { Model, Source } from "../../stacks/environment";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  type StackRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { objectionTo } from "./hosts";
import { judgeFetches } from "./model-fetches";
import { judgeBucket, judgePlace } from "./model-places";

/**
 * Where the weights of models and adapters come from is known and allowed: the hub's operator is stated in
 * jurisdiction.endpoints (and under the environment's law where it is sovereign), a bucket is in a region of the
 * jurisdiction, an image is in one of its registries, and a volume is the cluster's own.
 *
 * Judged are the sources that the environment states, what pods and Jobs say of theirs in annotations, and what their
 * commands, variables and custom resources would fetch, whatever the annotations say.
 */
export const modelSource: StackRule = {
  id: "sovereignty-model-source",
  title: "Model weights come from places of the jurisdiction",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-model-source"],
  remedy: "copy the weights to a bucket, registry or volume of the jurisdiction and state it as the source",
  applies: (resource) => resource.type.startsWith("kubernetes:") && says(resource),
  checkStack(resources, context) {
    return [
      ...stated(context),
      ...resources
        .filter(({ type }) => type.startsWith("kubernetes:") && !type.endsWith(":CustomResourceDefinition"))
        .flatMap((resource) => judgeResource(resource, context).map((seen) => ({ ...seen, resource }))),
    ];
  },
};

/** The sources that the environment states, its team's among them. */
function stated(context: Context): Observation[] {
  const { models, team } = context.environment;
  const all: readonly (readonly [Path, readonly Model[]])[] = [
    [["models"], models],
    [["team", "models"], team?.models ?? []],
  ];
  return all.flatMap(([at, list]) =>
    list.flatMap((model) => [
      ...model.versions.flatMap(({ name, source }) =>
        judgeSource(source, [...at, model.name, ...(name === undefined ? [] : [name]), "source"], context),
      ),
      ...model.adapters.flatMap(({ name, source }) =>
        judgeSource(source, [...at, model.name, "adapters", name, "source"], context),
      ),
    ]),
  );
}

function judgeSource(source: Source, field: Path, context: Context): Observation[] {
  switch (source.kind) {
    case "huggingFace":
      return judgeHub("huggingface.co", field, source.repository, context);
    case "oci":
      return judgePlace(`oci://${source.reference}`, field, context);
    case "pvc":
      return [];
    default:
      return judgeBucket(source.uri, source.region, field, context);
  }
}

const judgeHub = (host: string, field: Path, value: string, context: Context): Observation[] => {
  const objection = objectionTo(host, context);
  return objection === undefined ? [] : [{ field, value, message: objection }];
};

// Resources -----------------------------------------------------------------------------------------------------------

const annotation = {
  source: "ai-platform/weights-source",
  region: "ai-platform/weights-region",
  adapters: "ai-platform/adapter-sources",
} as const;

/** Whether a resource runs pods, or speaks of weights. */
function says({ props }: Resource): boolean {
  let found = false;
  walk(props, (_value, path) => {
    const key = path.at(-1);
    found ||= key === annotation.source || key === "containers" || /^(storageUri|modelUri|modelURI)$/.test(String(key));
  });
  return found;
}

function judgeResource(resource: Resource, context: Context): Observation[] {
  const found: Observation[] = [];
  walk(resource.props, (value, field) => {
    if (field.at(-1) === "annotations" && isObject(value)) found.push(...judgeAnnotations(value, field, context));
  });
  return [...found, ...judgeFetches(resource, context)];
}

function judgeAnnotations(annotations: Properties, at: Path, context: Context): Observation[] {
  const found = judgeOrigin(
    annotations[annotation.source],
    annotations[annotation.region],
    [...at, annotation.source],
    context,
  );
  const adapters = annotations[annotation.adapters];
  const field = [...at, annotation.adapters];
  if (adapters === undefined) return found;
  if (adapters === unknown) return [...found, deferred(field)];
  try {
    const origins = JSON.parse(String(adapters)) as Readonly<Record<string, Properties>>;
    return [
      ...found,
      ...Object.values(origins).flatMap(({ source, region }) => judgeOrigin(source, region, field, context)),
    ];
  } catch {
    return [...found, { field, value: String(adapters), message: "which is no list of sources that can be read" }];
  }
}

function judgeOrigin(source: Value, region: Value, field: Path, context: Context): Observation[] {
  if (source === undefined) return [];
  if (source === unknown || region === unknown) return [deferred(field)];
  return judgePlace(String(source), field, context, typeof region === "string" ? region : undefined);
}
