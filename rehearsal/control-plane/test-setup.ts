import type { TestProject } from "vitest/node";
import { type OwnControlPlane, ownControlPlane } from "./testing";

declare module "vitest" {
  interface ProvidedContext {
    kubeconfig: string;
  }
}

/** Starts one control plane for all end-to-end tests of a run, and ends it after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane: OwnControlPlane = await ownControlPlane();
  project.provide("kubeconfig", plane.kubeconfig);
  return () => plane.stop();
}
