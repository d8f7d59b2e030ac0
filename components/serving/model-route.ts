import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { Model, Source } from "../../stacks/environment";
import type { GatewayImplementation } from "../../stacks/gateway";
import type { Inputs } from "../custom-resource";
import { type BackendRef, type HeaderFilter, HttpRoute } from "../gateway/types";
import { longestRequest } from "./served-version";

/** The Gateway that routes to models, and the host name that they are served under. */
export interface ModelGateway {
  readonly namespace: Input<string>;
  readonly gatewayName: Input<string>;
  readonly host: string;
  readonly implementation: GatewayImplementation;
  /** Addresses from which it calls, where no pods do: as CIDRs. */
  readonly ranges: readonly string[];
}

/** What a stack says of a model that it serves. */
export interface PublishedModel {
  readonly name: string;
  /** Base address of its OpenAI-compatible API. */
  readonly url: string;
  /** What serves it, from where, and which percentage of its requests: the answer to who runs what. */
  readonly versions: readonly { readonly name?: string; readonly source: Source; readonly weight: number }[];
}

export interface ModelRouteArgs {
  readonly model: Pick<Model, "name" | "versions">;
  readonly namespace: Input<string>;
  readonly gateway: ModelGateway;
  /** What answers; of several, each with its weight. */
  readonly backends: readonly Inputs<BackendRef>[];
  /** What is done to every request, beside taking the model's name out of its path. */
  readonly filters?: readonly Inputs<HeaderFilter>[];
}

/** Makes the route of a model, whatever serves it, and says what it comes to. */
export function routeModel(args: ModelRouteArgs, opts: { readonly parent: ComponentResource }): PublishedModel {
  const { model, namespace, gateway, backends, filters = [] } = args;
  const { name } = model;
  new HttpRoute(
    name,
    {
      metadata: { name, namespace },
      spec: {
        parentRefs: [{ name: gateway.gatewayName, namespace: gateway.namespace }],
        hostnames: [gateway.host],
        rules: [
          {
            // By path, because a route cannot read the model's name out of a request's body.
            matches: [{ path: { type: "PathPrefix", value: `/${name}` } }],
            filters: [
              { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
              ...filters,
            ],
            backendRefs: backends,
            // Answers stream for as long as they are long; this only ends what nobody reads any more.
            timeouts: { request: `${longestRequest}s` },
          },
        ],
      },
    },
    opts,
  );
  return {
    name,
    url: `http://${gateway.host}/${name}/v1`,
    versions: model.versions.map(({ name: version, source, weight }) => ({
      ...(version === undefined ? {} : { name: version }),
      source,
      weight,
    })),
  };
}
