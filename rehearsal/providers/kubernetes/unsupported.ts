import { typeOf } from "./objects";

/** Types that the official provider has and the stand-in does not, each with the way out. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  "kubernetes:helm.sh/v3:Release":
    "helm.v3.Release is not supported by the stand-in kubernetes provider; use helm.v4.Chart, or the official provider",
};

/**
 * Throws for a resource of such a type, whatever is asked for it: taken for an object of a kind that is not served, it
 * would count as deleted.
 */
export function refuseUnsupported(urn: string): void {
  const message = UNSUPPORTED[typeOf(urn)];
  if (message) throw new Error(message);
}
