import { prices } from "../catalog/prices";
import { releases } from "../catalog/releases";
import { regionsOf } from "../policy/context";
import { nodePool } from "../policy/cost/pool";
import { resourceCost } from "../policy/cost/resource-price";
import { modelsOf } from "../policy/cost/servers";
import { costOfModel, costOfTenant } from "../policy/cost/share";
import { type MonthlyTotal, monthlyTotal } from "../policy/cost/total";
import type { Context, Properties, Resource } from "../policy/rule";
import { plain } from "../policy/wire";
import type { PreviewedResource, PreviewResult } from "../rehearsal/preview";
import type { Environment } from "../stacks/environment";
import type { Bill, CostLine } from "./cost";

/** Prices a preview as the rules of cost do, by this checkout's catalog, whichever checkout was previewed. */
export function price({ resources: previewed }: PreviewResult, environment: Environment): Bill {
  const context: Context = {
    environment,
    preview: true,
    today: new Date().toISOString().slice(0, 10),
    state: { rehearsal: true },
    regions: regionsOf(environment),
    prices,
    releases,
  };
  const resources = resourcesOf(previewed);
  const pools = poolsOf(previewed);
  // A team's stack answers for its own tenant; the others are its platform's to tell.
  const owns = (tenant: string) => environment.team === undefined || environment.team.tenant === tenant;
  const total = monthlyTotal(resources, context);
  const lines = resources.map((resource) => lineOf(resource, context, pools));
  return {
    usd: total.usd,
    lines: withShares(lines, total.priced),
    shares: [
      ...environment.tenants
        .filter(({ name }) => owns(name))
        .map(({ name }) => ({
          kind: "tenant" as const,
          name,
          usd: costOfTenant(name, resources, context).usd,
        })),
      ...modelsOf(environment)
        .filter(({ tenant }) => owns(tenant))
        .map((model) => ({
          kind: "model" as const,
          name: model.name,
          usd: costOfModel(model, resources, context).usd,
        })),
    ],
  };
}

/** The lines with what some resources add to the price of all others, which only the total knows. */
function withShares(lines: readonly CostLine[], priced: MonthlyTotal["priced"]): CostLine[] {
  const own = lines.filter(({ usd }) => usd !== undefined).length;
  const shares = priced.slice(own);
  return lines.map((line) => {
    const added = shares.filter(({ name, type }) => name === line.name && type === line.type);
    if (added.length === 0) return line;
    const usd = added.reduce((sum, share) => sum + share.usd, line.usd ?? 0);
    return { ...line, usd, items: [...line.items, ...added.map(({ detail }) => detail)] };
  });
}

/** What a preview shows, as rules of the stack take it: what each resource is expected to have. */
export function resourcesOf(previewed: readonly PreviewedResource[]): Resource[] {
  const byUrn = new Map(previewed.map((resource) => [resource.urn, resource]));
  const propsOf = ({ inputs, outputs }: PreviewedResource): Properties =>
    plain(Object.keys(outputs).length > 0 ? outputs : inputs).props;
  return previewed.map((resource) => {
    const provider = byUrn.get(resource.provider ?? "");
    return {
      urn: resource.urn,
      type: resource.type,
      name: resource.name,
      props: propsOf(resource),
      secrets: [],
      ...(provider && {
        provider: {
          type: provider.type.replace(/^pulumi:providers:/, ""),
          name: provider.name,
          props: propsOf(provider),
        },
      }),
      options: {
        protect: resource.protect,
        ignoreChanges: [],
        ...(resource.parent === undefined ? {} : { parent: resource.parent }),
      },
    };
  });
}

/** By URN, the name of the pool that a resource is or is part of. */
function poolsOf(previewed: readonly PreviewedResource[]): (urn: string) => string | undefined {
  const byUrn = new Map(previewed.map((resource) => [resource.urn, resource]));
  return (urn) => {
    for (let at = byUrn.get(urn); at !== undefined; at = byUrn.get(at.parent ?? "")) {
      if (at.type === nodePool) return at.name;
    }
    return undefined;
  };
}

function lineOf(resource: Resource, context: Context, poolOf: (urn: string) => string | undefined): CostLine {
  const { urn, type, name } = resource;
  const pool = poolOf(urn);
  const line = { urn, type, name, items: [], ...(pool === undefined ? {} : { pool }) };
  const cost = resourceCost(resource, context);
  switch (cost.kind) {
    case "priced":
      return { ...line, usd: cost.usd, items: cost.items.map(({ what }) => what) };
    case "usage":
    case "unknown":
      return { ...line, uncounted: { kind: cost.kind, why: cost.why } };
    case "deferred":
      return { ...line, uncounted: { kind: "deferred", why: `${cost.field.join(".")} is not known yet` } };
    case "free":
    case "counted":
      return line;
  }
}
