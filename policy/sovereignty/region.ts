import { regionAdmission } from "../admission/region";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";

/**
 * Every region or zone that a resource or its provider states lies in `jurisdiction.regions`.
 *
 * A place is stated by a property that is named for it (`region`, `availabilityZones`, `replicaLocation`), by a topology
 * label, selector, affinity or allowed topology of Kubernetes, or inside any text, as an ARN, a Google self-link or a
 * regional endpoint. Documentation inside a CustomResourceDefinition states nothing and is not read.
 */
export const region: ResourceRule = {
  id: "sovereignty-region",
  title: "Everything stays in the regions of the jurisdiction",
  concern: "sovereignty",
  severity: "critical",
  frameworks: frameworks["sovereignty-region"],
  remedy: "use a region of jurisdiction.regions, or have its owner add this one",
  applies: ({ type }) => !type.endsWith(":CustomResourceDefinition"),
  check(resource, context) {
    const provider = resource.provider?.props;
    return [
      ...unstated(resource, context),
      ...statements(resource.props, resource.type).flatMap((place) => judge(place, context)),
      // A provider states its places by properties alone; what its credentials and endpoints say is its own finding.
      ...(provider === undefined || resource.provider === undefined
        ? []
        : statements(provider, `pulumi:providers:${resource.provider.type}`, ["provider"])
            .filter((place) => place.sort === "property")
            .flatMap((place) => judge(place, context))),
    ];
  },
  admission: regionAdmission,
};

interface Statement {
  readonly field: Path;
  readonly value: string | typeof unknown;
  readonly place: string;
  readonly sort: "property" | "label" | "text";
}

/**
 * `region`, `awsRegions`, `regionName`, `location`, `locationId`, `availabilityZones`; a zone alone, because a `hostedZone` is
 * of another kind.
 */
const property =
  /^(zones?|nodeLocations|replicaZones|locationId)$|((^|_)region|(^|[a-z0-9_])Region|(^|_)location|(^|[a-z0-9_])Location)s?$|(^r|[a-z0-9_]R)egionName$|(availability|Availability)Zone(Id)?s?$/;

/** `topology.kubernetes.io/zone` and what providers and storage drivers call it. */
export const label = /^(topology\.[a-z0-9.-]+|failure-domain\.[a-z0-9.-]+)\/(region|zone)$/i;

const place = (value: string) => value.trim().toLowerCase().replace(/\.+$/, "");

function statements(properties: Value, type: string, prefix: Path = []): Statement[] {
  const found: Statement[] = [];
  const kubernetes = type.startsWith("kubernetes:");
  const add = (field: Path, value: Value, sort: Statement["sort"]) => {
    for (const [item, at] of texts(value, field)) {
      // A link, ARN or DNS name under such a key is no bare name of a place; as text it was read already.
      if (item === unknown || (item !== "" && !/[/:@]|\.(?!$)/.test(item.trim()))) {
        found.push({ field: at, value: item, place: item === unknown ? "" : place(item), sort });
      }
    }
  };
  walk(
    properties,
    (value, field) => {
      const key = field.at(-1);
      if (typeof key === "string" && label.test(key)) {
        add(field, value, "label");
      } else if (typeof key === "string" && !kubernetes && property.test(key)) {
        add(field, value, "property");
      }
      if (isObject(value) && typeof value.key === "string" && label.test(value.key)) {
        const states = value.operator === undefined || value.operator === unknown || value.operator === "In";
        if (states) {
          add([...field, "values"], value.values, "label");
        }
      }
      if (value === unknown && typeof key === "string" && (/(arn|selfLink)s?$/i.test(key) || placement.test(key))) {
        if (!property.test(key) || kubernetes) {
          found.push({ field, value: unknown, place: "", sort: "text" });
        }
      }
      if (typeof value === "string") {
        for (const [text, where] of mentions(value)) {
          found.push({ field, value: text, place: place(where), sort: "text" });
        }
      }
    },
    prefix,
  );
  return found;
}

/** Parts of a Kubernetes object that may hold a topology label; when one is unknown, so is where its pods run. */
const placement = /^(spec|template|nodeSelector|affinity|nodeAffinity|allowedTopologies)$/;

/** The texts in a value: itself, its items, and those of the JSON array that provider inputs are written as. */
function texts(value: Value, field: Path): [string | typeof unknown, Path][] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => texts(item, [...field, index]));
  }
  if (typeof value === "string" && value.startsWith("[")) {
    try {
      const items: unknown = JSON.parse(value);
      return Array.isArray(items) ? items.map((item) => [String(item), field]) : [];
    } catch {
      return [[value, field]];
    }
  }
  return value === unknown || typeof value === "string" ? [[value, field]] : [];
}

/** ARNs, Google resource links and regional endpoints in a text, each with the place that it names. */
function mentions(text: string): [text: string, place: string][] {
  const found: [string, string][] = [];
  const collect = (pattern: RegExp) => {
    for (const match of text.matchAll(pattern)) {
      found.push([match[0], match.groups?.place ?? ""]);
    }
  };
  if (/arn:/i.test(text)) {
    collect(/\barn:[a-z0-9-]*:[a-z0-9-]*:(?<place>[a-z]{2,}(-[a-z]+)+-\d+):[^\s"'\\,]*/gi);
  }
  if (/projects\//i.test(text)) {
    collect(/\bprojects\/[^/\s"']+\/(regions|zones|locations)\/(?<place>[a-z0-9-]+)/gi);
  }
  if (/amazonaws|api\.aws/i.test(text)) {
    collect(/(?<place>[a-z]{2,}(-[a-z]+)+-\d+)\.([a-z0-9-]+\.)*(amazonaws|api\.aws)\b/gi);
  }
  if (/googleapis|pkg\.dev/i.test(text)) {
    collect(/\b(?<place>[a-z]+-[a-z]+\d+)-[a-z]+\.(googleapis\.com|pkg\.dev)\b/gi);
  }
  return found;
}

/** Suffixes that make a zone of a region, by provider; where machines are one's own, zones are named as one likes. */
const zones: Readonly<Record<string, RegExp>> = {
  aws: /^([a-z]|-[a-z]{3}-\d[a-z]|-wl\d-[a-z]{3}-wlz-?\d)$/,
  gcp: /^-[a-z]$/,
  scaleway: /^-\d$/,
  existing: /^-[a-z0-9-]+$/,
};
const anyCloud = /^(-?[a-z]|-[a-z]{3}-\d[a-z])$/;

/** Regions that the catalog or the jurisdiction name, in lower case, the longest first, each with the suffixes of its zones. */
export function knownRegions(context: Pick<Context, "environment" | "regions">) {
  const listed = new Map(Object.entries(context.regions).map(([key, entry]) => [key.toLowerCase(), entry.provider]));
  const home = allowed(context);
  return [...new Set([...listed.keys(), ...home])]
    .sort((one, other) => other.length - one.length)
    .map((name) => ({
      name,
      zone: zones[listed.get(name) ?? ""] ?? anyCloud,
      listed: listed.has(name),
      allowed: home.includes(name),
    }));
}

/** The region of a region or zone, among those that are known. */
function regionOf(name: string, context: Context): { name: string; listed: boolean } | undefined {
  return knownRegions(context).find((region) => {
    const suffix = name.slice(region.name.length);
    return name.startsWith(region.name) && (suffix === "" || region.zone.test(suffix));
  });
}

const allowed = (context: Pick<Context, "environment">) => context.environment.jurisdiction.regions.map(place);

function judge(statement: Statement, context: Context): Observation[] {
  const { jurisdiction } = context.environment;
  const list = jurisdiction.regions.join(", ");
  const { field, value } = statement;
  if (value === unknown) {
    return [
      jurisdiction.sovereign && statement.sort !== "text"
        ? {
            field,
            message: `is not known before the update, and a sovereign environment states where things are; allowed: ${list}`,
            remedy: "state it as a value that does not depend on another resource",
          }
        : deferred(field),
    ];
  }
  const found = regionOf(statement.place, context);
  if (found !== undefined && !allowed(context).includes(found.name)) {
    return [{ field, value, message: `which is outside ${jurisdiction.name}; allowed: ${list}` }];
  }
  if (found?.listed) {
    return [];
  }
  if (found === undefined && statement.sort !== "label" && field.at(-2) !== "zones") {
    return [
      { field, value, message: `which is no region or zone known to lie in ${jurisdiction.name}; allowed: ${list}` },
    ];
  }
  return [
    {
      kind: jurisdiction.sovereign ? "violation" : "unverified",
      field,
      value,
      message: `and the catalog does not know where that is; allowed: ${list}`,
      remedy: "add the region to catalog/regions.ts with its source, and name zones after their region",
    },
  ];
}

/** Providers of regional clouds, and the inputs of which one must say where. */
const regional: Readonly<Record<string, readonly string[]>> = {
  "pulumi:providers:aws": ["region"],
  "pulumi:providers:aws-native": ["region"],
  "pulumi:providers:gcp": ["region", "zone"],
  "pulumi:providers:google-native": ["region", "zone"],
};

/** A cloud provider that states no region takes one from the machine that runs the update. */
function unstated(resource: Resource, context: Context): Observation[] {
  const inputs = regional[resource.type];
  if (
    inputs === undefined ||
    inputs.some((input) => resource.props[input] !== undefined && resource.props[input] !== "")
  ) {
    return [];
  }
  return [
    {
      kind: context.environment.jurisdiction.sovereign ? "violation" : "unverified",
      field: [inputs[0]!],
      message: "is not stated, so that the machine which runs the update decides it",
      remedy: "state the region on the provider",
    },
  ];
}
