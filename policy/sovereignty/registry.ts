import { isAbsolute, relative, resolve } from "node:path";
import { imageReference } from "../../catalog/images";
import { registryAdmission } from "../admission/registry";
import { frameworks } from "../frameworks";
import { installsUnseen, statesChart } from "../installed";
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
} from "../rule";
import { hostOf, type ImageUse, imagesOf, parseImage } from "./image-references";

/**
 * Every image, chart and manifest comes from `jurisdiction.registries`, or from the folder of the environment's mirror.
 *
 * Where images are looked for, image-references.ts says. One that is never pulled comes from no registry. A v3 Release
 * shows no objects to the engine, so the images that the catalog lists for its chart stand for them.
 */
export const registry: ResourceRule = {
  id: "sovereignty-registry",
  title: "Images, charts and manifests come from the registries of the jurisdiction",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-registry"],
  remedy: "mirror it to a registry of jurisdiction.registries and set mirror.images or mirror.charts",
  applies: ({ type }) => !type.endsWith(":CustomResourceDefinition"),
  check(resource, context) {
    return [
      ...images(resource, context),
      ...charts(resource, context),
      ...manifests(resource, context),
      ...unseen(resource),
    ];
  },
  admission: registryAdmission,
};

/** `host/path` of an `oci://`, `https://` or other address; undefined when it is none or carries credentials. */
export function addressPlace(address: string): string | undefined {
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
export function permitted(at: string, context: Context): boolean {
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
  const at = parseImage(reference.trim())?.place;
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

function judgeImage(reference: ImageUse["reference"], field: Path, context: Context): Observation[] {
  if (reference === unknown) {
    return [deferred(field)];
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

const images = (resource: Resource, context: Context): Observation[] =>
  imagesOf(resource)
    .filter(({ pulled }) => pulled)
    .flatMap(({ field, reference }) => judgeImage(reference, field, context));

function charts(resource: Resource, context: Context): Observation[] {
  const { chart } = resource.props;
  if (chart === undefined || !statesChart(resource)) {
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

const unseen = (resource: Resource): Observation[] =>
  installsUnseen(resource)
    ? [
        {
          field: ["chart"],
          message: "is shown to nobody before it is installed, and neither is where it comes from",
          remedy: "install it with Release of components/release.ts, which states both",
        },
      ]
    : [];

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
  [/^ai-platform:release:/, "file"],
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
