import { gkeDriverInstaller } from "../../catalog/gke";
import { imageReference, images } from "../../catalog/images";
import { kubernetes } from "../../catalog/kubernetes";
import { chartReference, manifestReference } from "../../catalog/releases";
import { frameworks } from "../frameworks";
import { releaseType } from "../installed";
import { type Context, deferred, type Observation, type Resource, type ResourceRule, unknown } from "../rule";
import { hostOf, imagesOf, parseImage } from "../sovereignty/image-references";
import { at, isRendered } from "./objects";
import { isUpstream, upstreamOf } from "./upstream";

/** What runs is what the catalog names: every image, by its repository and tag or digest, every chart and every manifest. */
export const catalogImage: ResourceRule = {
  id: "security-catalog-image",
  title: "Images and charts are the catalog's",
  concern: "security",
  severity: "high",
  frameworks: frameworks["security-catalog-image"],
  remedy: "add the image to catalog/images.ts, or the release to catalog/releases.ts, with the source that was read",
  applies: (resource) => isInstalled(resource) || (isRendered(resource) && imagesOf(resource).length > 0),
  check(resource, context) {
    if (isInstalled(resource)) return ofInstalled(resource, context);
    const allowed = catalogOf(context);
    return imagesOf(resource).flatMap(({ field, reference }): Observation[] => {
      if (reference === unknown) return [deferred(field)];
      if (isListed(reference, allowed)) return [];
      // What an operator makes of parts of a reference is its own; what a container runs is not.
      const advisory =
        isUpstream(resource, context) &&
        !/^(containers|initContainers|ephemeralContainers)$/.test(String(field.at(-3)));
      const release = upstreamOf(resource, context);
      return [
        {
          ...(advisory ? { kind: "unverified" as const } : {}),
          field,
          value: reference,
          message: `which the catalog does not name${release === undefined ? "" : `, of ${release.name} or otherwise`}`,
        },
      ];
    });
  },
};

interface Allowed {
  readonly places: ReadonlyMap<string, readonly { readonly tag?: string; readonly digest?: string }[]>;
}

const known = new WeakMap<Context["environment"], Allowed>();

/** Every image that may run in an environment, as it is pulled there. */
function catalogOf({ environment, releases }: Context): Allowed {
  const before = known.get(environment);
  if (before !== undefined) return before;
  const places = new Map<string, { tag?: string; digest?: string }[]>();
  const add = (reference: string, more: { tag?: string } = {}) => {
    const parsed = parseImage(reference);
    if (parsed === undefined) return;
    const { place, tag, digest } = parsed;
    places.set(place, [...(places.get(place) ?? []), { tag: tag ?? more.tag, digest }]);
  };
  const all = [...Object.values(images), ...Object.values(releases).flatMap((release) => release.images)];
  for (const image of all) {
    // A digest wins in a reference, and a chart may state the tag beside it.
    add(imageReference(image, environment.mirror), { tag: image.tag });
  }
  // HAMi extends the scheduler of the cluster's own Kubernetes.
  const scheduler = all.find(({ repository }) => repository.endsWith("/kube-scheduler"));
  for (const tag of Object.values(kubernetes.patches)) {
    if (scheduler !== undefined) add(imageReference({ repository: scheduler.repository, tag }, environment.mirror));
  }
  // It lies on Google's nodes, and is never pulled.
  add(gkeDriverInstaller.image);
  for (const reference of weightsOf(environment)) {
    const [repository, digest] = reference.split("@") as [string, string | undefined];
    add(imageReference({ repository, tag: "", ...(digest === undefined ? {} : { digest }) }, environment.mirror));
  }
  const allowed = { places };
  known.set(environment, allowed);
  return allowed;
}

/** Images of weights, which the environment itself names. */
const weightsOf = ({ models }: Context["environment"]): readonly string[] =>
  models.flatMap(({ versions, adapters }) =>
    [...versions, ...adapters].flatMap(({ source }) => (source.kind === "oci" ? [source.reference] : [])),
  );

function isListed(reference: string, { places }: Allowed): boolean {
  const parsed = parseImage(reference);
  if (parsed === undefined) return false;
  return (places.get(parsed.place) ?? []).some(({ tag, digest }) =>
    parsed.digest === undefined
      ? digest === undefined || tag === undefined
        ? parsed.tag !== undefined && parsed.tag === tag
        : parsed.tag === tag
      : digest === parsed.digest && (parsed.tag === undefined || tag === undefined || parsed.tag === tag),
  );
}

const chartTypes = /^kubernetes:helm\.sh\/(v3|v4):(Chart|Release)$/;
const manifestTypes = /^kubernetes:(yaml(\/v2)?:(ConfigFile|ConfigGroup)|kustomize(\/v2)?:Directory)$/;

/** One that shows nothing is judged by the Release that it is part of; outside of one, sovereignty-registry refuses it. */
const isInstalled = ({ type, props }: Resource) =>
  (type === releaseType || chartTypes.test(type) || manifestTypes.test(type)) && Object.keys(props).length > 0;

function ofInstalled({ type, props }: Resource, { environment: { mirror }, releases }: Context): Observation[] {
  const entries = Object.values(releases);
  if (manifestTypes.test(type) || props.file !== undefined) {
    if (manifestTypes.test(type) && !type.endsWith(":ConfigFile"))
      return [{ field: [], value: type, message: "which installs what the catalog does not name" }];
    const file = props.file;
    if (file === unknown) return [deferred(["file"])];
    const allowed = entries
      .filter(({ source }) => source.kind === "manifest")
      .map((entry) => manifestReference(entry, mirror));
    return allowed.includes(String(file))
      ? []
      : [{ field: ["file"], value: String(file), message: "which is no manifest of the catalog" }];
  }
  const { chart, version } = props;
  const repository = at(props, "repositoryOpts", "repo") ?? at(props, "repositoryOpts", "url");
  if (chart === unknown || version === unknown || repository === unknown) {
    return [deferred([chart === unknown ? "chart" : version === unknown ? "version" : "repositoryOpts"])];
  }
  const plain = (address: unknown) => {
    const [, scheme = "", host = "", rest = ""] = /^([a-z]+:\/\/)?([^/]*)(.*)$/i.exec(String(address ?? ""))!;
    return `${scheme.toLowerCase()}${scheme === "" ? host : hostOf(host)}${rest}`.replace(/\/+$/, "");
  };
  const named = entries.filter(({ source }) => source.kind === "chart").map((entry) => chartReference(entry, mirror));
  const same = named.filter((one) => plain(one.chart) === plain(chart) && plain(one.repository) === plain(repository));
  if (same.length === 0)
    return [
      {
        field: ["chart"],
        value: String(chart),
        message: "which is no chart of the catalog, or not from where the catalog has it",
      },
    ];
  return same.some((one) => one.version === undefined || one.version === version)
    ? []
    : [
        {
          field: ["version"],
          ...(typeof version === "string" ? { value: version } : {}),
          message: `${version === undefined ? "is not stated, and " : ""}the catalog has ${String(chart)} at ${same.map((one) => one.version).join(", ")}`,
        },
      ];
}
