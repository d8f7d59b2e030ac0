import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  mergeOptions,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import type { GpuPool, Mirror, Model } from "../../stacks/environment";
import { type ClaimTemplates, podGpus } from "../accelerators/claims";
import { ComputeDomain } from "../accelerators/compute-domain";
import { HttpRoute, inferenceGroup } from "../gateway/types";
import { gatewayNameLabel, modelLabel, namespaceNameLabel, servingLabel } from "../labels";
import { kaiScheduler, type Placement } from "../scheduling/placement";
import { PodGroup } from "../scheduling/pod-group";
import { modelServerPriority } from "../scheduling/priority";
import { EndpointPicker, pickerPort } from "./endpoint-picker";
import { grantOf, joinsDomain, roleNames, spansNodes } from "./gpus";
import { ModelServers, serverPort } from "./model-server";
import { InferenceObjective, InferencePool } from "./types";

export interface ServedModelArgs {
  /** Source: one of `models` of the environment. */
  readonly model: Model;
  /** The pool that serves it. Source: `pools` of the environment. */
  readonly pool: GpuPool;
  /** On which of the cluster's nodes, and by whom, its servers are placed. */
  readonly placement: Placement;
  /** Annotations that keep the pods of a replica together. Used where a replica spans nodes. */
  readonly topology: Readonly<Record<string, string>>;
  /** Where it lives, and what may be claimed there. */
  readonly namespace: Input<string>;
  readonly claims: ClaimTemplates;
  /** The KAI queue that its GPUs count against. */
  readonly queue: Input<string>;
  /** The Gateway that routes to it, and the host name it is served under. */
  readonly gateway: {
    readonly namespace: Input<string>;
    readonly gatewayName: Input<string>;
    readonly host: string;
  };
  /** What must be there first, as far as the same stack makes it. */
  readonly after: readonly Resource[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** The header by which the picker knows a request's objective. Source: llm-d-router v0.10.0 pkg/epp/metadata/consts.go. */
const objectiveHeader = "x-llm-d-inference-objective";

/** One model with separate prefill and decode servers, its pool, endpoint picker and route. */
export class ServedModel extends ComponentResource {
  /** Base address of its OpenAI-compatible API. */
  readonly url: string;
  /** Name of its InferencePool, known once that exists. */
  readonly poolName: Output<string>;

  constructor(args: ServedModelArgs, opts: ComponentResourceOptions) {
    const { model, pool, placement, namespace, claims, queue, gateway, mirror } = args;
    const { name, serving } = model;
    super("ai-platform:serving:ServedModel", name, {}, mergeOptions(opts, { dependsOn: [...args.after] }));
    const child = { parent: this };
    const metadata = { name, namespace };

    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    new networking.NetworkPolicy(
      name,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: { [modelLabel]: name } },
          policyTypes: ["Ingress"],
          ingress: [
            // Among themselves on any port: NIXL and NCCL pick theirs as they go, and the picker reads metrics.
            { from: [{ podSelector: { matchLabels: { [modelLabel]: name } } }] },
            {
              from: [
                {
                  namespaceSelector: { matchLabels: { [namespaceNameLabel]: gateway.namespace } },
                  podSelector: { matchLabels: { [gatewayNameLabel]: gateway.gatewayName } },
                },
              ],
              ports: [
                { protocol: "TCP", port: serverPort },
                { protocol: "TCP", port: pickerPort },
              ],
            },
          ],
        },
      },
      child,
    );

    // One domain for both roles, so that the caches that prefill hands to decode go over NVLink as well.
    const domain = joinsDomain(model, pool) ? { channel: `${name}-channel` } : undefined;
    const computeDomain =
      domain &&
      new ComputeDomain(
        name,
        {
          metadata,
          spec: {
            numNodes: 0,
            channel: { allocationMode: "Single", resourceClaimTemplate: { name: domain.channel } },
          },
        },
        child,
      );
    // Neither role is of use without the other, so neither takes GPUs before at least one of each can have them. Where a
    // replica spans nodes KAI groups by itself, by replica, and the roles come one by one: it offers no group for both.
    const grouped = placement.scheduler === kaiScheduler && !spansNodes(model);
    const podGroup = grouped
      ? new PodGroup(
          name,
          {
            metadata,
            spec: {
              queue,
              priorityClassName: modelServerPriority,
              minSubGroup: roleNames.length,
              subGroups: roleNames.map((role) => ({ name: role, minMember: 1 })),
            },
          },
          child,
        )
      : undefined;
    for (const role of roleNames) {
      const servers = `${name}-${role}`;
      const { shape, share, memoryShare } = grantOf(model, role, pool);
      new ModelServers(
        servers,
        {
          role,
          model: name,
          weights: model.model,
          shape: serving[role],
          pool,
          placement,
          topology: args.topology,
          namespace,
          serviceAccount: account.metadata.name,
          queue,
          podGroup: podGroup?.metadata.name,
          gpus: podGpus({ name: servers, namespace, queue, shape, templates: claims }, child),
          share,
          memoryShare,
          channelTemplate: domain?.channel,
          mirror,
        },
        computeDomain === undefined ? child : { parent: this, dependsOn: [computeDomain] },
      );
    }

    const picker = new EndpointPicker(`${name}-picker`, { namespace, model: name, mirror }, child);
    const inferencePool = new InferencePool(
      name,
      {
        metadata,
        spec: {
          // Both roles: the picker tells them apart.
          selector: { matchLabels: { [modelLabel]: name, [servingLabel]: "true" } },
          targetPorts: [{ number: serverPort }],
          endpointPickerRef: {
            name: picker.serviceName,
            port: { number: pickerPort },
            // Without its picker a request could land on a prefill server, which does not answer it.
            failureMode: "FailClose",
          },
        },
      },
      child,
    );
    this.poolName = inferencePool.metadata.name;
    const objective = new InferenceObjective(
      name,
      {
        metadata,
        spec: {
          priority: model.priority,
          poolRef: { group: inferenceGroup, kind: "InferencePool", name: this.poolName },
        },
      },
      child,
    );
    new HttpRoute(
      name,
      {
        metadata,
        spec: {
          parentRefs: [{ name: gateway.gatewayName, namespace: gateway.namespace }],
          hostnames: [gateway.host],
          rules: [
            {
              // By path, because a route cannot read the model's name out of a request's body.
              matches: [{ path: { type: "PathPrefix", value: `/${name}` } }],
              filters: [
                {
                  type: "URLRewrite",
                  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
                },
                {
                  // Set and not added: a caller cannot give its requests another priority than the model's.
                  type: "RequestHeaderModifier",
                  requestHeaderModifier: { set: [{ name: objectiveHeader, value: objective.metadata.name }] },
                },
              ],
              backendRefs: [{ group: inferenceGroup, kind: "InferencePool", name: this.poolName }],
              // Answers stream for as long as they are long; this only ends what nobody reads any more.
              timeouts: { request: "1h" },
            },
          ],
        },
      },
      child,
    );
    this.url = `http://${gateway.host}/${name}/v1`;
    this.registerOutputs({ url: this.url, poolName: this.poolName });
  }
}
