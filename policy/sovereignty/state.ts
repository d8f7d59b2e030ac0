import type { StateSettings } from "../../stacks/state";
import { frameworks } from "../frameworks";
import type { Context, Observation, StackRule } from "../rule";
import { addressesIn, objectionTo } from "./hosts";
import { cloudOf, partitionOfRegion, partitionsOf } from "./partitions";

/**
 * What Pulumi keeps of the stack holds addresses, names and encrypted secrets of all of it. It rests in a bucket in a region
 * of the jurisdiction, encrypted by a key of one's own there, and nowhere else: what is stated is judged, and what the
 * update really uses must be what is stated. A rehearsal's state is made up and thrown away, so that there only what is
 * stated is judged. Whoever is not sovereign is held to what they state, where they state something.
 */
export const state: StackRule = {
  id: "sovereignty-state",
  title: "State and its secrets rest in the jurisdiction, under a key of one's own",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-state"],
  remedy: "state it as `state: { backend, secretsProvider, region }`, and log in to that backend before the update",
  applies: ({ type }) => type === "pulumi:pulumi:Stack",
  checkStack(_resources, context) {
    const { environment } = context;
    const { state: stated, jurisdiction } = environment;
    if (stated === undefined) {
      return jurisdiction.sovereign
        ? [
            {
              field: ["state"],
              message: `is not stated, and the state of a sovereign environment rests in ${jurisdiction.name}`,
            },
          ]
        : [];
    }
    return [
      ...judgeRegion(stated, context),
      ...judgeBackend(stated, context),
      ...judgeKey(stated, context),
      ...(context.state.rehearsal ? [] : judgeUse(stated, context)),
    ];
  },
};

const regionsOf = ({ environment }: Context) => `allowed: ${environment.jurisdiction.regions.join(", ")}`;

const inside = (region: string, { environment }: Context) => environment.jurisdiction.regions.includes(region);

const judgeRegion = ({ region }: StateSettings, context: Context): Observation[] =>
  inside(region, context)
    ? []
    : [
        {
          field: ["state", "region"],
          value: region,
          message: `which is outside ${context.environment.jurisdiction.name}; ${regionsOf(context)}`,
          remedy: "keep the state in a region of jurisdiction.regions",
        },
      ];

/** An address in its parts, as every backend and key is written: `scheme://rest?query`. */
interface Parts {
  readonly scheme: string;
  readonly rest: string;
  readonly query: URLSearchParams;
}

function partsOf(text: string): Parts {
  const [, scheme = "", rest = "", query = ""] = /^([a-z0-9+]+):\/\/([^?]*)\??(.*)$/is.exec(text.trim()) ?? [];
  return { scheme: scheme.toLowerCase(), rest: rest.replace(/\/+$/, ""), query: new URLSearchParams(query) };
}

/** What of a backend or a key may be read by anybody: neither user, nor password, nor what a query says besides the region. */
export function shown(text: string): string {
  const { scheme, rest, query } = partsOf(text);
  const region = query.get("region");
  if (scheme === "") return /^[a-z]+$/.test(text) ? text : "(unreadable)";
  return `${scheme}://${rest.replace(/^.*@/, "")}${region === null ? "" : `?region=${region}`}`;
}

function judgeBackend({ backend, region }: StateSettings, context: Context): Observation[] {
  const field = ["state", "backend"];
  const { scheme, query } = partsOf(backend);
  const say = (message: string, remedy = "keep the state in a bucket in a region of jurisdiction.regions") => [
    { field, value: shown(backend), message, remedy },
  ];
  switch (scheme) {
    case "s3": {
      const at = query.get("region");
      const endpoint = query.get("endpoint");
      if (at === null && endpoint === null) {
        return say(
          "whose region it does not say, so that it is what a machine happens to be set to",
          `add ?region=${region}`,
        );
      }
      if (at !== null && at.toLowerCase() !== region.toLowerCase() && partitionOfRegion(at, context) !== undefined) {
        return say(`in ${at}, and state.region is ${region}`, `add ?region=${region}`);
      }
      if (endpoint !== null) return judgeEndpoint(endpoint, backend, context);
      return context.regions[region]?.provider === "aws"
        ? []
        : say(`a bucket of AWS, and ${region} is no region of AWS`);
    }
    case "gs":
      return context.regions[region]?.provider === "gcp"
        ? []
        : say(`a bucket of Google Cloud, and ${region} is no region of Google Cloud`);
    case "file":
      return say("a folder of whichever machine runs the update, which nobody can say the place of");
    case "http":
    case "https":
      return context.environment.jurisdiction.sovereign &&
        /(^|\.)pulumi\.com$/.test(addressesIn(backend)[0]?.host ?? "")
        ? say("a service that Pulumi operates for everybody")
        : judgeEndpoint(backend, backend, context);
    case "postgres":
      return judgeEndpoint(backend, backend, context);
    default:
      return say("of a kind whose place nobody can tell from it");
  }
}

/** A store of one's own: its host is one that the environment names, or in an allowed cloud. */
function judgeEndpoint(endpoint: string, backend: string, context: Context): Observation[] {
  const host = addressesIn(/:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`)[0]?.host;
  const { identity, gateway, jurisdiction } = context.environment;
  const own =
    host !== undefined &&
    ([identity.trustDomain, gateway.host].some((name) => host === name || host.endsWith(`.${name}`)) ||
      cloudOf(host)?.some((cloud) => (partitionsOf(context) as readonly string[]).includes(cloud)) === true);
  const objection = host === undefined ? "whose host cannot be read" : own ? undefined : objectionTo(host, context);
  return objection === undefined
    ? []
    : [
        {
          field: ["state", "backend"],
          value: shown(backend),
          message: objection,
          remedy: `name its host in jurisdiction.endpoints, with an operator under the law of ${jurisdiction.name}`,
        },
      ];
}

function judgeKey({ secretsProvider, region }: StateSettings, context: Context): Observation[] {
  const field = ["state", "secretsProvider"];
  const { scheme, rest, query } = partsOf(secretsProvider);
  const value = shown(secretsProvider);
  const say = (message: string): Observation[] => [
    { field, value, message, remedy: `use a key of one's own in ${region}` },
  ];
  switch (scheme) {
    case "awskms": {
      const [, partition, of] = /arn:([^:]*):kms:([^:]*):/i.exec(decodeURIComponent(rest)) ?? [];
      const places = [of, query.get("region") ?? undefined].filter((place) => place !== undefined);
      if (places.length === 0)
        return say("whose region it does not say, so that it is what a machine happens to be set to");
      const wrong = places.find((place) => place.toLowerCase() !== region.toLowerCase());
      if (wrong !== undefined) return say(`a key in ${wrong}, and state.region is ${region}`);
      return partition === undefined || (partitionsOf(context) as readonly string[]).includes(partition.toLowerCase())
        ? []
        : say(`a key in partition ${partition}; allowed: ${partitionsOf(context).join(", ")}`);
    }
    case "gcpkms": {
      const [, at] = /(?:^|\/)locations\/([^/]+)\//.exec(`/${rest}`) ?? [];
      if (at === undefined) return say("whose location it does not say");
      return at.toLowerCase() === region.toLowerCase() ? [] : say(`a key in ${at}, and state.region is ${region}`);
    }
    case "azurekeyvault": {
      const host = rest.split("/")[0] ?? "";
      const objection = objectionTo(host.toLowerCase(), context);
      return objection === undefined ? [] : say(objection);
    }
    case "hashivault":
      return [
        {
          kind: "unverified",
          field,
          value,
          message: `a key in the Vault that the machine of the update is set to; that it is in ${region} is taken from state.region`,
          remedy: "see to it that the Vault is there",
        },
      ];
    default:
      return say("no key of one's own");
  }
}

/** Whether two addresses mean the same: the same bucket or key, in the same region, at the same endpoint. */
function same(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  const query = (name: string) => (a.query.get(name) ?? "") === (b.query.get(name) ?? "");
  const bare = (rest: string) => rest.replace(/^.*@/, "");
  return a.scheme === b.scheme && bare(a.rest) === bare(b.rest) && query("region") && query("endpoint");
}

/** What the update writes to and encrypts with is what is stated. */
function judgeUse(stated: StateSettings, { state: used }: Context): Observation[] {
  const compare = (field: "backend" | "secretsProvider", missing: string, remedy: string): Observation[] => {
    const [is, should] = [used[field], stated[field]];
    const path = ["state", field];
    if (is === undefined) {
      return [{ field: path, value: shown(should), message: missing, remedy }];
    }
    return same(is, should)
      ? []
      : [{ field: path, value: shown(should), message: `and this update uses ${shown(is)}`, remedy }];
  };
  return [
    ...compare(
      "backend",
      "and which backend this update uses could not be found out",
      `run: pulumi login '${shown(stated.backend)}'`,
    ),
    ...compare(
      "secretsProvider",
      "and the stack's file names no secrets provider, so that it would be a passphrase or a service's",
      `run: pulumi stack change-secrets-provider '${shown(stated.secretsProvider)}'`,
    ),
  ];
}
