import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import type { input as inputs } from "@pulumi/kubernetes/types";
import type { ComponentResource, CustomResourceOptions, Input } from "@pulumi/pulumi";
import { type ReleaseName, releases } from "../catalog/releases";

/** `T` in which any value may still be unknown. */
export type Inputs<T> = Input<T extends object ? { [K in keyof T]: Inputs<T[K]> } : T>;

interface CustomResourceArgs<Spec> {
  /** Always with a name: nothing here is named by the engine, so that an interrupted update finds its own objects. */
  readonly metadata: inputs.meta.v1.ObjectMeta & { readonly name: Input<string> };
  readonly spec: Inputs<Spec>;
}

/**
 * A class for one custom resource kind whose `spec` has the shape `Spec`. Group and version come from the catalog, so
 * that they cannot differ from the definition that the release installs.
 *
 * @throws when the release does not bring that kind.
 */
export function customResource<Spec>(release: ReleaseName, kind: string) {
  const definition = releases[release].crds.find((candidate) => candidate.kind === kind);
  if (definition === undefined) {
    throw new Error(`catalog: release ${release} brings no kind ${kind}`);
  }
  const apiVersion = `${definition.group}/${definition.storage}`;
  return class extends apiextensions.CustomResource {
    constructor(
      name: string,
      args: CustomResourceArgs<Spec>,
      opts: CustomResourceOptions & { readonly parent: ComponentResource },
    ) {
      super(name, { apiVersion, kind, metadata: args.metadata, spec: args.spec }, opts);
    }
  };
}
