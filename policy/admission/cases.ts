import { type Case, carriers, podSpec } from "./case";
import { digests, images, places } from "./cases-boundary";
import { devices, restrictions, scales } from "./cases-pods";
import { endpoints, permissions } from "./cases-rights";

/** Cases of each rule, beside the objects that every rule takes. */
export const casesOf = (sovereign: boolean): Readonly<Record<string, readonly Case[]>> => ({
  "sovereignty-registry": images,
  "sovereignty-region": places(sovereign),
  "sovereignty-digest": digests,
  "security-pod": restrictions,
  "security-wildcard-permission": permissions,
  "security-public-endpoint": endpoints,
  "security-device": devices,
  "cost-scale-bounds": scales,
});

/** What no rule objects to. */
export const compliant: readonly Case[] = Object.entries(carriers).map(([kind, carry]) => ({
  what: `a ${kind}`,
  refused: false,
  object: carry(podSpec()),
}));
