import { type AwsPartitionName, type PartitionName, partitions, servicePrincipal } from "../../catalog/partitions";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { addressesIn, endpointOf, hostKey, hostName, nameAt, privateAddress, withoutCredentials } from "./hosts";
import { imagesOf, parseImage } from "./image-references";
import { cloudOf, partitionOfRegion, partitionsOf } from "./partitions";

/**
 * Everything stays in the separate clouds (AWS partitions, Google universes) that the regions of the jurisdiction are in.
 *
 * Looked at are the partition of every ARN, wherever it stands; the hosts of addresses and of images that end as a cloud's
 * do; names of Google's service accounts and identity pools; service principals and endpoint services; and of a provider,
 * whichever way a resource came by it, its region, its universe and the endpoints that it was given. A name alone, such as
 * `container.googleapis.com`, is the same in every universe and says nothing.
 */
export const partition: ResourceRule = {
  id: "sovereignty-partition",
  title: "Everything stays in the clouds of the jurisdiction's regions",
  concern: "sovereignty",
  severity: "critical",
  frameworks: frameworks["sovereignty-partition"],
  remedy: "use what the cloud of cluster.region has under its own name: catalog/partitions.ts makes it",
  applies: ({ type }) => !type.endsWith(":CustomResourceDefinition"),
  check(resource, context) {
    const { provider, type } = resource;
    const own = type.startsWith("pulumi:providers:")
      ? judgeProvider(type.slice("pulumi:providers:".length), resource.props, [], context)
      : [];
    return [
      ...judgeCloud(resource),
      ...own,
      ...judgeTexts(resource, context),
      ...judgeImages(resource, context),
      ...(provider === undefined ? [] : judgeProvider(provider.type, provider.props, ["provider"], context)),
      ...(provider === undefined ? [] : judgeTexts({ ...resource, props: provider.props }, context, ["provider"])),
    ];
  },
};

/** Packages of clouds that the catalog has no partition of, so that nothing can be said of where they are. */
const otherClouds =
  /^(azure|azure-native|azuread|alicloud|tencentcloud|huaweicloud|oci|ibm|ibmcloud|yandex|digitalocean|linode|vultr|hcloud|civo|upcloud|exoscale|cloudflare|fastly|vercel|equinix-metal|coreweave|lambdalabs|runpod):/;

function judgeCloud({ type }: Resource): Observation[] {
  const [cloud] = otherClouds.exec(type.replace(/^pulumi:providers:([^:]+)$/, "$1:")) ?? [];
  return cloud === undefined
    ? []
    : [
        {
          field: ["type"],
          value: type,
          message: "a resource of a cloud that the catalog does not know, so that nobody can say under what law it is",
        },
      ];
}

const allowed = (context: Context): string => {
  const list = partitionsOf(context);
  return list.length === 0
    ? "allowed: none, for the regions of the jurisdiction are in no such cloud"
    : `allowed: ${list.join(", ")}`;
};

const known = (name: string): name is PartitionName => Object.hasOwn(partitions, name);

// Providers -----------------------------------------------------------------------------------------------------------

const aws = /^(aws|aws-native|awscc)$/;
const google = /^(gcp|google-native|google-beta)$/;

function judgeProvider(type: string, props: Properties, at: Path, context: Context): Observation[] {
  if (aws.test(type)) {
    const { region } = props;
    if (region === unknown) return [deferred([...at, "region"])];
    const name = typeof region === "string" ? partitionOfRegion(region, context) : undefined;
    return name === undefined || partitionsOf(context).includes(name)
      ? judgeEndpoints(props.endpoints, [...at, "endpoints"], context)
      : [
          {
            field: [...at, "region"],
            value: String(region),
            message: `a region of ${name}; ${allowed(context)}`,
          },
        ];
  }
  if (!google.test(type)) return [];
  const custom = Object.keys(props)
    .filter((key) => key.endsWith("CustomEndpoint"))
    .flatMap((key) => judgeEndpoints(props[key], [...at, key], context));
  const universe = props.universeDomain ?? "googleapis.com";
  const field = [...at, "universeDomain"];
  if (universe === unknown) return [deferred(field), ...custom];
  const name = String(universe).trim().toLowerCase().replace(/\.+$/, "");
  return known(name) && partitionsOf(context).includes(name)
    ? custom
    : [
        {
          field,
          ...(props.universeDomain === undefined ? {} : { value: String(universe) }),
          message:
            props.universeDomain === undefined
              ? `is not stated, so that it is googleapis.com; ${allowed(context)}`
              : `another universe; ${allowed(context)}`,
        },
        ...custom,
      ];
}

/** Endpoints that a provider was given in place of its cloud's own: they take what it would send there, credentials and all. */
function judgeEndpoints(value: Value, field: Path, context: Context): Observation[] {
  const found: Observation[] = [];
  const judge = (text: string, at: Path) => {
    const trimmed = text.trim();
    if (/^[[{]/.test(trimmed)) {
      const parsed = parse(trimmed);
      if (parsed !== undefined) {
        walk(parsed, (item, path) => {
          if (item === unknown) found.push(deferred([...at, ...path]));
          if (typeof item === "string") judge(item, [...at, ...path]);
        });
        return;
      }
    }
    if (trimmed === "") return;
    const host = addressesIn(trimmed)[0]?.host ?? hostName(trimmed);
    const loopback = host !== undefined && (host === "localhost" || privateAddress(host) === true);
    if (loopback && context.state.rehearsal) return;
    if (host !== undefined && belongs(host, context) === true) return;
    found.push({
      field: at,
      value: withoutCredentials(text),
      message: `in place of the cloud's own endpoint; ${allowed(context)}`,
      remedy: "leave the provider to the endpoints of its cloud",
    });
  };
  walk(value, (item, path) => {
    if (item === unknown) found.push(deferred([...field, ...path]));
    if (typeof item === "string") judge(item, [...field, ...path]);
  });
  return found;
}

function parse(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

// Hosts ---------------------------------------------------------------------------------------------------------------

/** Whether a cloud's host is one of an allowed cloud; undefined for a host of none. */
function belongs(host: string, context: Context): boolean | undefined {
  const cloud = cloudOf(host);
  return cloud?.some((name) => (partitionsOf(context) as readonly string[]).includes(name));
}

/** What the environment states as its own decision, where it may decide. */
const decided = (host: string, context: Context) =>
  !context.environment.jurisdiction.sovereign && endpointOf(host, context) !== undefined;

function judgeHost(host: string, field: Path, text: string, context: Context): Observation[] {
  if (belongs(host, context) !== false || decided(host, context)) return [];
  const value = text.length > 200 ? host : withoutCredentials(text);
  const of = cloudOf(host)!.join(" or ");
  return [{ field, value, message: `which is in ${of === "" ? "another cloud" : of}; ${allowed(context)}` }];
}

function judgeImages(resource: Resource, context: Context): Observation[] {
  const { sovereign, registries } = context.environment.jurisdiction;
  return imagesOf(resource).flatMap(({ field, reference }) => {
    const place = reference === unknown ? undefined : parseImage(reference.trim())?.place;
    if (reference === unknown) return [];
    // What is no reference that can be read, another rule refuses; its host may be read all the same.
    const host = (place ?? reference.trim()).split("/")[0] ?? "";
    const stated = registries.some((entry) =>
      entry
        .toLowerCase()
        .replace(/^[a-z]+:\/\//, "")
        .startsWith(host),
    );
    return !sovereign && stated ? [] : judgeHost(hostName(host) ?? host, field, reference, context);
  });
}

// Texts ---------------------------------------------------------------------------------------------------------------

/** Inputs that name something of a cloud: unknown, they may name it in any. */
const naming = /(^arn|Arn|Arns|^assumeRolePolicy|^assumeRoles?|[pP]rincipals?|^serviceName)$/;

/** What names a scope, an audience or a schema by an address that nobody calls. */
const identifiers = /^(audiences?|scopes?|oauthScopes|\$schema|\$id|issuer)$/i;

function judgeTexts(resource: Resource, context: Context, prefix: Path = []): Observation[] {
  const found: Observation[] = [];
  const images = new Set(prefix.length > 0 ? [] : imagesOf(resource).map(({ field }) => field.join("\0")));
  const cloud = /^(aws|aws-native|gcp|google-native):/.test(resource.type) || prefix.length > 0;
  walk(resource.props, (value, path) => {
    const field = [...prefix, ...path];
    const key = nameAt(resource.props, path);
    if (value === unknown && cloud && naming.test(key)) found.push(deferred(field));
    if (typeof value !== "string" || images.has(path.join("\0"))) return;
    const before = found.length;
    found.push(...judgeArns(value, field, context));
    found.push(...judgeAccounts(value, field, context));
    if (key === "serviceName") found.push(...judgeEndpointService(value, field, context));
    if (found.length > before || identifiers.test(key)) return;
    found.push(...judgeHosts(value, key, field, context));
    found.push(...judgePrincipals(value, field, context));
  });
  return found;
}

function judgeArns(text: string, field: Path, context: Context): Observation[] {
  for (const [, name = ""] of text.matchAll(/(?<![\w-])arn:([^:\s"'/]*):/gi)) {
    if (!(partitionsOf(context) as readonly string[]).includes(name.toLowerCase())) {
      const wrong = name === "*" ? "an ARN of any partition" : `an ARN of partition ${name === "" ? "(none)" : name}`;
      return [{ field, value: text.length > 200 ? `arn:${name}:...` : text, message: `${wrong}; ${allowed(context)}` }];
    }
  }
  return [];
}

/** E-mail addresses of Google's service accounts, and its identity pools, end differently in each universe. */
function judgeAccounts(text: string, field: Path, context: Context): Observation[] {
  for (const [name] of text.matchAll(/[\w.:-]+\.(gserviceaccount\.com|svc\.id\.goog)(?![\w.-]*\w)/gi)) {
    if (belongs(name.toLowerCase(), context) === false) {
      return [
        {
          field,
          value: text.length > 200 ? name : text,
          message: `an identity of ${cloudOf(name.toLowerCase())!.join(" or ")}; ${allowed(context)}`,
        },
      ];
    }
  }
  return [];
}

/** `com.amazonaws.<region>.<service>`; who offers it by another name, such as a company of its own, is not judged here. */
function judgeEndpointService(text: string, field: Path, context: Context): Observation[] {
  const [, region] = /^(?:com|eu|cn\.com)\.amazonaws\.(?:vpce\.)?([a-z0-9-]+)\./i.exec(text.trim()) ?? [];
  const name = region === undefined ? undefined : partitionOfRegion(region, context);
  return name === undefined || partitionsOf(context).includes(name)
    ? []
    : [{ field, value: text, message: `an endpoint service of ${name}; ${allowed(context)}` }];
}

/** A host without a scheme that can be nothing else: one of AWS's with a region in it. */
const regional =
  /(?<![\w@.-])[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.(?:com\.cn|com|eu)|api\.aws|amazonwebservices\.com\.cn)\b(?!\.\w)/gi;

function judgeHosts(text: string, key: string, field: Path, context: Context): Observation[] {
  const hosts = addressesIn(text)
    // What a token may do is named by an address that nobody calls.
    .filter(({ host, path }) => !(host === "www.googleapis.com" && path.startsWith("/auth/")))
    .map(({ host }) => host);
  for (const [written] of text.matchAll(regional)) {
    const host = hostName(written);
    if (host?.split(".").some((label) => partitionOfRegion(label, context) !== undefined)) hosts.push(host);
  }
  const bare =
    hostKey.test(key) || /^-{0,2}[\w.-]+=/.test(text)
      ? hostName(text.replace(/^[^=]*=/, "").split("/")[0]!)
      : undefined;
  if (bare !== undefined) hosts.push(bare);
  for (const host of hosts) {
    const seen = judgeHost(host, field, text, context);
    if (seen.length > 0) return seen;
  }
  return [];
}

/** A service that a statement trusts, by the name that it has in the partition. Only what holds statements is read. */
function judgePrincipals(text: string, field: Path, context: Context): Observation[] {
  const plain = text.replaceAll('\\"', '"');
  const inStatement = field.some((part) => typeof part === "string" && /^principals?$/i.test(part));
  const quoted = inStatement ? `"${plain.trim()}"` : /"principal"/i.test(plain) ? plain : "";
  const own = partitionsOf(context).filter((each) => partitions[each].provider === "aws") as AwsPartitionName[];
  for (const [name, service = ""] of quoted.matchAll(/(?<=")([a-z0-9.-]+?)\.amazonaws\.(?:com\.cn|com|eu)\.?(?=")/gi)) {
    const names = own.map((each) => servicePrincipal(each, service.toLowerCase()));
    if (!names.includes(name.toLowerCase())) {
      const remedy = names[0] === undefined ? {} : { remedy: `trust ${names[0]}` };
      const message = `which no service is called in ${own.join(", ") || "a cloud of the jurisdiction"}; ${allowed(context)}`;
      return [{ field, value: name, message, ...remedy }];
    }
  }
  return [];
}
