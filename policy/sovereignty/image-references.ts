import { statesChart } from "../installed";
import { isObject, type Path, type Properties, type Resource, unknown, type Value, walk } from "../rule";

/**
 * Where a resource names the images that run, for all rules that judge images. They are looked for wherever a pod template
 * may be: in the containers of any object, of whatever kind, in image volumes, in the `image` fields of custom resources
 * whose operators start pods, in the lists of containers that other clouds take as JSON text, and in the variables that tell
 * an operator what to start.
 */
export interface ImageUse {
  readonly field: Path;
  /** As it stands there, or as its parts come together. Unknown also where what is unknown may hold images. */
  readonly reference: string | typeof unknown;
  /** False for an image that is never pulled: it is on the node, or its container does not start. */
  readonly pulled: boolean;
}

const containerLists = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** Parts of an object that may hold a pod template: unknown, they hide the images. */
const carriers =
  /^(spec|template|podTemplate|podTemplateSpec|jobTemplate|leaderTemplate|workerTemplate|leaderWorkerTemplate)$/;

/** An environment variable that tells an operator which image to start, such as `RELATED_IMAGE_ENGINE`. */
export const imageVariable = /(^|_)IMAGE(_|$)/i;

/** A text that names a host and a repository in it. Less is not told apart from a tag, a policy or a flag. */
export const qualified = /^[a-z0-9.-]+\.[a-z0-9-]+(:\d+)?\/[^\s=,]+$/i;

/** Every place where a resource names an image, in the order of its properties. A chart's values are not judged: its objects are. */
export function imagesOf(resource: Resource): readonly ImageUse[] {
  const { type, props } = resource;
  if (statesChart(resource) || type.startsWith("pulumi:") || type.endsWith(":CustomResourceDefinition")) {
    return [];
  }
  const kubernetes = type.startsWith("kubernetes:");
  const found: ImageUse[] = [];
  walk(props, (value, field) => {
    const key = field.at(-1);
    const container = inList(field);
    if (value === unknown) {
      const hides =
        container || (typeof key === "string" && (containerLists.has(key) || (kubernetes && carriers.test(key))));
      if (hides || key === "containerDefinitions") {
        found.push({ field, reference: unknown, pulled: true });
      }
    } else if (container && isObject(value)) {
      found.push(...ofContainer(value, field));
    } else if (key === "containerDefinitions" && typeof value === "string") {
      found.push(...ofText(value, field));
    }
    if (key === "imageUri" || (kubernetes && key === "image" && field[0] === "spec" && !inList(field.slice(0, -1)))) {
      found.push(...ofField(value, field, parentOf(props, field)));
    }
  });
  return found;
}

/** Whether a path leads to a container of a list of them. */
const inList = (field: Path) => typeof field.at(-1) === "number" && containerLists.has(String(field.at(-2)));

const parentOf = (props: Properties, field: Path): Value =>
  field.slice(0, -1).reduce<Value>((value, part) => (value as Properties | undefined)?.[part], props);

const use = (reference: Value, field: Path, pulled = true): ImageUse[] =>
  reference === unknown || (typeof reference === "string" && reference !== "") ? [{ field, reference, pulled }] : [];

function ofContainer(container: Properties, field: Path): ImageUse[] {
  const variables = Array.isArray(container.env) ? (container.env as readonly Value[]) : [];
  return [
    ...use(container.image, [...field, "image"], container.imagePullPolicy !== "Never"),
    ...variables.flatMap((variable, index) => {
      if (!isObject(variable) || typeof variable.name !== "string" || !imageVariable.test(variable.name)) return [];
      const { value } = variable;
      return value === unknown || (typeof value === "string" && qualified.test(value))
        ? use(value, [...field, "env", index, "value"])
        : [];
    }),
  ];
}

/** A list of containers as JSON text, as ECS takes it. Text that is none hides its images. */
function ofText(text: string, field: Path): ImageUse[] {
  try {
    const list = JSON.parse(text) as Value;
    return Array.isArray(list)
      ? (list as readonly Value[]).flatMap((item, index) =>
          isObject(item) ? ofContainer(item, [...field, index]) : [],
        )
      : [];
  } catch {
    return [{ field, reference: unknown, pulled: true }];
  }
}

/**
 * An `image` outside a container: an image volume, a custom resource's text, its `{ registry, repository, name, tag, digest }`,
 * or its name beside `repository` and `version`, as NVIDIA's operator takes it.
 */
function ofField(value: Value, field: Path, parent: Value): ImageUse[] {
  if (typeof value === "string" && isObject(parent) && parent.repository !== undefined && parent.repository !== "") {
    return use(joined([parent.repository, value], parent.version, undefined), field);
  }
  if (!isObject(value)) {
    return use(value, field);
  }
  if (value.reference !== undefined) {
    return use(value.reference, [...field, "reference"]);
  }
  if (value.repository === undefined && value.registry === undefined) {
    return [];
  }
  return use(joined([value.registry, value.repository, value.name], value.tag, value.digest), field);
}

/** The reference that parts make, unknown as soon as one of them is. */
function joined(path: readonly Value[], tag: Value, digest: Value): Value {
  const parts = path.filter((part) => part !== undefined && part !== null && part !== "");
  if ([...parts, tag, digest].includes(unknown)) {
    return unknown;
  }
  if (parts.some((part) => typeof part !== "string")) {
    return undefined;
  }
  const place = parts.join("/");
  const state = [digest, tag].find((part) => typeof part === "string" && part !== "") as string | undefined;
  if (state === undefined) {
    return place;
  }
  return /^[a-z0-9]+:[0-9a-f]{32,}$/i.test(state) ? `${place}@${state}` : `${place}:${state}`;
}

/** An image reference in its parts. `place` is `host[:port]/path`, by which registries are compared. */
export interface ParsedImage {
  readonly place: string;
  readonly tag?: string;
  /** `algorithm:hex`. */
  readonly digest?: string;
}

/** A reference as the container runtimes read it, short names included; undefined when they cannot. */
export function parseImage(reference: string): ParsedImage | undefined {
  const parts =
    /^(?<name>[^@]+?)(:(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@(?<digest>[a-z0-9]+([.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$/.exec(
      reference,
    )?.groups;
  if (parts?.name === undefined) {
    return undefined;
  }
  const [first = "", ...rest] = parts.name.split("/");
  const named = rest.length > 0 && (/[.:]/.test(first) || first.toLowerCase() === "localhost" || first.startsWith("["));
  const path = named ? rest : [first, ...rest];
  const host = named ? hostOf(first) : "docker.io";
  if (host === undefined || path.some((part) => !/^[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*$/.test(part))) {
    return undefined;
  }
  const library = host === "docker.io" && path.length === 1 ? ["library"] : [];
  return { place: [host, ...library, ...path].join("/"), tag: parts.tag, digest: parts.digest };
}

/** A host as it is compared: lower case, no final dot, no default port, one name for Docker Hub. */
export function hostOf(written: string): string | undefined {
  const parts =
    /^(?<host>\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*)\.?(?<port>:\d+)?$/.exec(
      written.toLowerCase(),
    )?.groups;
  if (parts?.host === undefined) {
    return undefined;
  }
  const host = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"].includes(parts.host)
    ? "docker.io"
    : parts.host;
  return `${host}${parts.port === ":443" ? "" : (parts.port ?? "")}`;
}
