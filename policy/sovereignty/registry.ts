import { isAbsolute, relative, resolve } from "node:path";
import { imageReference } from "../../catalog/images";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";

/**
 * Every image, chart and manifest comes from `jurisdiction.registries`, or from the folder of the environment's mirror.
 *
 * Images are looked for wherever a pod template may be: in the containers of any object, of whatever kind, in image
 * volumes, and in the `image` fields of custom resources whose operators start pods. An image that is never pulled comes
 * from no registry: it is on the node, or its container does not start. A v3 Release shows no objects to the engine, so
 * the images that the catalog lists for its chart stand for them.
 */
export const registry: ResourceRule = {
  id: "sovereignty-registry",
  title: "Images, charts and manifests come from the registries of the jurisdiction",
  concern: "sovereignty",
  severity: "high",
  frameworks: [],
  remedy: "mirror it to a registry of jurisdiction.registries and set mirror.images or mirror.charts",
  check(resource, context) {
    return resource.type.endsWith(":CustomResourceDefinition")
      ? []
      : [...images(resource, context), ...charts(resource, context), ...manifests(resource, context)];
  },
};

/** `host[:port]/path` without tag and digest, as the container runtimes read a short name; undefined when they cannot. */
function imagePlace(reference: string): string | undefined {
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
  return [host, ...library, ...path].join("/");
}

/** A host as it is compared: lower case, no final dot, no default port, one name for Docker Hub. */
function hostOf(written: string): string | undefined {
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

/** `host/path` of an `oci://`, `https://` or other address; undefined when it is none or carries credentials. */
function addressPlace(address: string): string | undefined {
  const parts = /^[a-z][a-z0-9+.-]*:\/\/(?<rest>.+)$/i.exec(address)?.groups;
  if (parts?.rest === undefined) {
    return undefined;
  }
  try {
    // One scheme for all, so that dot segments and escapes are resolved alike.
    const url = new URL(`https://${parts.rest}`);
    const host = hostOf(url.host);
    const path = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
    const odd = path.split("/").some((part) => part === "." || part === ".." || part.includes("\\"));
    return host === undefined || url.username !== "" || odd ? undefined : [host, path].filter(Boolean).join("/");
  } catch {
    return undefined;
  }
}

/** Whether a place is, or lies under, one of the registries. */
function permitted(at: string, context: Context): boolean {
  return context.environment.jurisdiction.registries.some((entry) => {
    const bare = entry.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/\/+$/, "");
    const [host = "", ...path] = bare.split("/");
    const prefix = [hostOf(host) ?? host.toLowerCase(), ...path].join("/");
    return at === prefix || at.startsWith(`${prefix}/`);
  });
}

/** Whether a file lies in the mirror, when that is a folder. */
function mirrored(file: string, context: Context): boolean {
  const folder = context.environment.mirror.charts;
  if (folder === undefined || /^[a-z]+:\/\//i.test(folder)) {
    return false;
  }
  const inside = relative(resolve(folder), resolve(file));
  return inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
}

const list = (context: Context) => `allowed: ${context.environment.jurisdiction.registries.join(", ")}`;

/** Without credentials, which an address may carry and a message must not. */
const shown = (reference: string) => reference.replace(/\/\/[^/@]*@/, "//(credentials)@");

/** Undefined where an image reference is fine, else what is wrong with it. */
function objection(reference: string, context: Context): string | undefined {
  const at = imagePlace(reference.trim());
  if (at === undefined) {
    return `which is no image reference that can be read; ${list(context)}`;
  }
  if (permitted(at, context)) {
    return undefined;
  }
  const short =
    at !== reference.trim().toLowerCase() && at.startsWith("docker.io/") && !/docker\.(io|com)/.test(reference);
  return `which is ${short ? "short for docker.io and " : ""}in no registry of ${context.environment.jurisdiction.name}; ${list(context)}`;
}

function judgeImage(reference: Value, field: Path, context: Context): Observation[] {
  if (reference === unknown) {
    return [deferred(field)];
  }
  if (typeof reference !== "string" || reference === "") {
    return [];
  }
  const message = objection(reference, context);
  return message === undefined ? [] : [{ field, value: shown(reference), message }];
}

/** A chart or manifest, which may also be a file of the mirror. */
function judgeAddress(reference: string, field: Path, context: Context): Observation[] {
  const value = shown(reference);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) {
    return mirrored(reference, context)
      ? []
      : [{ field, value, message: `a file outside the folder that mirror.charts names; ${list(context)}` }];
  }
  const at = addressPlace(reference);
  return at !== undefined && permitted(at, context)
    ? []
    : [
        {
          field,
          value,
          message: `which is in no registry of ${context.environment.jurisdiction.name}; ${list(context)}`,
        },
      ];
}

const containerLists = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** Parts of an object that may hold a pod template: unknown, they hide the images. */
const carriers =
  /^(spec|template|podTemplate|podTemplateSpec|jobTemplate|leaderTemplate|workerTemplate|leaderWorkerTemplate)$/;

function images(resource: Resource, context: Context): Observation[] {
  if (resource.type.startsWith("kubernetes:helm.sh/") || resource.type.startsWith("pulumi:")) {
    return [];
  }
  const kubernetes = resource.type.startsWith("kubernetes:");
  const found: Observation[] = [];
  walk(resource.props, (value, field) => {
    const key = field.at(-1);
    const list = typeof key === "number" ? field.at(-2) : undefined;
    const container = typeof list === "string" && containerLists.has(list);
    if (value === unknown) {
      const hides =
        container || (typeof key === "string" && (containerLists.has(key) || (kubernetes && carriers.test(key))));
      found.push(...(hides ? [deferred(field)] : []));
    } else if (container && isObject(value) && value.imagePullPolicy !== "Never") {
      found.push(...judgeImage(value.image, [...field, "image"], context));
    }
    if (kubernetes && key === "image" && field[0] === "spec" && !inContainer(field)) {
      found.push(...judgeField(value, field, context));
    }
  });
  return found;
}

/** Whether `image` is that of a container, which has been judged as such. */
const inContainer = (field: Path) => typeof field.at(-2) === "number" && containerLists.has(String(field.at(-3)));

/** An `image` outside a container: an image volume, or a custom resource's text or `{ registry, repository, name }`. */
function judgeField(value: Value, field: Path, context: Context): Observation[] {
  if (!isObject(value)) {
    return judgeImage(value, field, context);
  }
  if (value.reference !== undefined) {
    return judgeImage(value.reference, [...field, "reference"], context);
  }
  const parts = [value.registry, value.repository, value.name].filter((part) => part !== undefined && part !== "");
  if (value.repository === undefined && value.registry === undefined) {
    return [];
  }
  const hidden = parts.some((part) => typeof part !== "string");
  return judgeImage(hidden ? unknown : parts.join("/"), field, context);
}

function charts(resource: Resource, context: Context): Observation[] {
  const helm = resource.type.startsWith("kubernetes:helm.sh/");
  const { chart } = resource.props;
  if (chart === undefined || !(helm || resource.type.startsWith("ai-platform:"))) {
    return [];
  }
  const [repository, at] = repositoryOf(resource.props);
  if (chart === unknown || repository === unknown) {
    return [deferred(chart === unknown ? ["chart"] : at)];
  }
  if (typeof chart !== "string" || !(repository === undefined || typeof repository === "string")) {
    return [];
  }
  return [
    ...(repository === undefined || repository === "" || chart.includes("://")
      ? judgeAddress(chart, ["chart"], context)
      : judgeAddress(repository, at, context)),
    ...(resource.type === "kubernetes:helm.sh/v3:Release" ? hiddenImages(chart, context) : []),
  ];
}

/** The chart repository that is stated, and where. */
function repositoryOf(props: Properties): [Value, Path] {
  for (const options of ["repositoryOpts", "fetchOpts"]) {
    const value = props[options];
    if (value === unknown) {
      return [unknown, [options]];
    }
    if (isObject(value) && value.repo !== undefined) {
      return [value.repo, [options, "repo"]];
    }
  }
  const key = props.repo === undefined ? "repository" : "repo";
  return [props[key], [key]];
}

/** What a v3 Release starts: the images that the catalog lists for the chart, or nothing that can be said. */
function hiddenImages(chart: string, context: Context): Observation[] {
  const base = chart.split("/").at(-1) ?? "";
  const release = Object.values(context.releases).find(({ source }) => {
    return source.kind === "chart" && (base === source.chart || base === `${source.chart}-${source.version}.tgz`);
  });
  if (release === undefined) {
    return [
      {
        field: ["chart"],
        value: shown(chart),
        message: "a Release of a chart that the catalog does not know, whose images nobody sees before they run",
        remedy: "install it with helm.v4.Chart, or add the chart and its images to catalog/releases.ts",
      },
    ];
  }
  return release.images.flatMap((image) => {
    const reference = imageReference(image, context.environment.mirror);
    return objection(reference, context) === undefined
      ? []
      : [
          {
            field: ["chart"],
            value: shown(chart),
            message: `which starts ${reference}, in no registry of ${context.environment.jurisdiction.name}; ${list(context)}`,
          },
        ];
  });
}

/** Where a type names the manifests that it reads. */
const sources: readonly (readonly [type: RegExp, input: string])[] = [
  [/^kubernetes:yaml(\/v2)?:ConfigFile$/, "file"],
  [/^kubernetes:yaml(\/v2)?:ConfigGroup$/, "files"],
  [/^kubernetes:kustomize(\/v2)?:Directory$/, "directory"],
  [/^ai-platform:/, "manifest"],
];

function manifests(resource: Resource, context: Context): Observation[] {
  return sources
    .filter(([type, input]) => type.test(resource.type) && resource.props[input] !== undefined)
    .flatMap(([, input]) => {
      const value = resource.props[input];
      const items = Array.isArray(value)
        ? value.map((item, index) => [item, [input, index]] as const)
        : [[value, [input]] as const];
      return items.flatMap(([item, field]) => {
        if (item === unknown) {
          return [deferred(field)];
        }
        return typeof item === "string" ? judgeAddress(item, field, context) : [];
      });
    });
}
