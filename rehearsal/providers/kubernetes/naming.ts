import { createHash, randomBytes } from "node:crypto";

/** A request for the name of an object whose program gave it none. */
export interface Autonaming {
  /** What the engine's autonaming configuration came up with. */
  readonly proposed: string;
  readonly disabled: boolean;
}

/**
 * "<resource name>-<8 hex digits>". The digits follow from the seed when the engine gives one (it does when an update
 * follows a plan), else they are random.
 */
export function autoname(resource: string, seed: Uint8Array, autonaming: Autonaming | undefined): string {
  if (autonaming?.disabled) {
    throw new Error("autonaming is disabled, so this resource needs its .metadata.name");
  }
  if (autonaming?.proposed) return autonaming.proposed;
  const digits =
    seed.length > 0 ? createHash("sha256").update(seed).update(resource).digest("hex") : randomBytes(4).toString("hex");
  return `${resource}-${digits.slice(0, 8)}`;
}

/**
 * The name under which a resource owns its fields. It follows from the URN, so that an update that was cut off before
 * its state was written finds its own objects again.
 */
export function fieldManagerFor(urn: string): string {
  return `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}
