import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import * as catalog from "../../catalog/accelerators";
import type { GpuPool, Mirror, Model } from "../../stacks/environment";
import type { Accelerators } from "../accelerators/accelerators";
import { ComputeDomain } from "../accelerators/compute-domain";
import type { InferenceGateway } from "../gateway/gateway";
import { HttpRoute, inferenceGroup } from "../gateway/types";
import { gatewayNameLabel, modelLabel, namespaceNameLabel, servingLabel } from "../labels";
import { PodGroup } from "../scheduling/pod-group";
import { inferencePriority, type Scheduling } from "../scheduling/scheduling";
import { EndpointPicker, pickerPort } from "./endpoint-picker";
import { ModelServers, type RoleName, serverPort } from "./model-server";
import type { TenantSpace } from "./tenant-space";
import { InferenceObjective, InferencePool } from "./types";

export interface ServedModelArgs {
  /** Source: one of `models` of the environment. */
  readonly model: Model;
  /** The pool that serves it. Source: `pools` of the environment. */
  readonly pool: GpuPool;
  /** Where it lives. */
  readonly tenant: TenantSpace;
  readonly accelerators: Accelerators;
  readonly scheduling: Scheduling;
  readonly gateway: InferenceGateway;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

export const roleNames: readonly RoleName[] = ["prefill", "decode"];

/** The header by which the picker knows a request's objective. Source: llm-d-router v0.10.0 pkg/epp/metadata/consts.go. */
const objectiveHeader = "x-llm-d-inference-objective";

/** One model with separate prefill and decode servers, its pool, endpoint picker and route. */
export class ServedModel extends ComponentResource {
  /** Base address of its OpenAI-compatible API. */
  readonly url: string;
  /** Name of its InferencePool, known once that exists. */
  readonly poolName: Output<string>;

  constructor(args: ServedModelArgs, opts: ComponentResourceOptions) {
    const { model, pool, tenant, accelerators, scheduling, gateway, mirror } = args;
    const { name, serving } = model;
    super("ai-platform:serving:ServedModel", name, {}, opts);
    const child = { parent: this };
    const namespace = tenant.namespace.name;
    const metadata = { name, namespace };
    const queue = scheduling.queues.get(model.tenant);
    if (queue === undefined) {
      throw new Error(`model ${name}: tenant ${model.tenant} has no queue`);
    }

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

    const roles = roleNames.map((role) => ({ role, shape: serving[role] }));
    const spansNodes = roles.some(({ shape }) => shape.nodes > 1);
    // One domain for both roles, so that the caches that prefill hands to decode go over NVLink as well.
    const domain =
      spansNodes && catalog.accelerators[pool.accelerator].multiNodeNvlink ? { channel: `${name}-channel` } : undefined;
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
        { parent: this, dependsOn: [accelerators.driver] },
      );
    // Neither role is of use without the other, so neither takes GPUs before at least one of each can have them. Where a
    // replica spans nodes KAI groups by itself, by replica, and the roles come one by one: it offers no group for both.
    const podGroup = spansNodes
      ? undefined
      : new PodGroup(
          name,
          {
            metadata,
            spec: {
              queue,
              priorityClassName: inferencePriority,
              minSubGroup: roles.length,
              subGroups: roles.map(({ role }) => ({ name: role, minMember: 1 })),
            },
          },
          { parent: this, dependsOn: [scheduling.kai] },
        );
    for (const { role, shape } of roles) {
      new ModelServers(
        `${name}-${role}`,
        {
          role,
          model: name,
          weights: model.model,
          shape,
          pool,
          namespace,
          serviceAccount: account.metadata.name,
          queue,
          podGroup: podGroup?.metadata.name,
          claimTemplate: tenant.claims.of({ accelerator: pool.accelerator, count: shape.gpus }),
          channelTemplate: domain?.channel,
          leaderWorkerSet: scheduling.leaderWorkerSet,
          mirror,
        },
        { parent: this, dependsOn: computeDomain === undefined ? [] : [computeDomain] },
      );
    }

    const picker = new EndpointPicker(
      `${name}-picker`,
      { namespace, model: name, mirror },
      { parent: this, dependsOn: [gateway.inferenceExtension, gateway.llmD] },
    );
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
      { parent: this, dependsOn: [gateway.inferenceExtension] },
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
      { parent: this, dependsOn: [gateway.llmD] },
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
      { parent: this, dependsOn: [gateway.controller] },
    );
    this.url = `http://${gateway.host}/${name}/v1`;
    this.registerOutputs({ url: this.url, poolName: this.poolName });
  }
}
