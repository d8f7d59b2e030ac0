import type { Environment } from "../../../stacks/environment";

/** What an environment states of a cluster that is to be made on GKE. */
export type GkeSettings = Extract<Environment["cluster"], { kind: "gke" }>;
