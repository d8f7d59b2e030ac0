import type { Context } from "../rule";

/** What a rule may know when it says in CEL what it can: nothing of the update, because the API server judges later. */
export type AdmissionContext = Pick<Context, "environment" | "regions" | "releases">;

/** Resources of the API, as `matchConstraints` names them. A subresource is `pods/ephemeralcontainers`. */
export interface AdmittedResources {
  readonly group: string;
  readonly resources: readonly string[];
}

/**
 * What CEL can say of a rule: the API server holds every object to it, whoever writes it. An object that the rule refuses in
 * a pull request is refused here too, as far as `finding` goes; what it cannot say stays with the pull request.
 */
export interface Admission {
  /** What it is asked about. Kinds that the cluster does not know never match. */
  readonly resources: readonly AdmittedResources[];
  /**
   * The part of an object that is judged, as CEL, from the name of a variable that holds the object. An update that leaves
   * it as it was is let through: else an object that was there before the rule could not even be scaled down or deleted.
   */
  readonly subject: (object: string) => string;
  /** CEL of a text that says what is wrong with `variables.subject`; empty where nothing is. */
  readonly finding: string;
  /** Continues the finding, such as `which is in no registry of eu`. Plain text. */
  readonly because: string;
  /** Whether the rule only says a word about objects of the catalog's releases, as it does in a pull request. */
  readonly warnsOfReleases?: boolean;
  /**
   * Whether it only says a word about objects without a namespace: whose they are, a release's, the control plane's or
   * somebody's, cannot be told there.
   */
  readonly warnsOfClusterWide?: boolean;
}
