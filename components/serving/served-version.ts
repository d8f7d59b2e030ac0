import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import {
  type Environment,
  type GpuPool,
  type Mirror,
  type Model,
  mostReplicas,
  type Version,
} from "../../stacks/environment";
import type { Scale } from "../../stacks/scale";
import { versionName } from "../../stacks/serving-names";
import { type ClaimTemplates, podGpus } from "../accelerators/claims";
import { ComputeDomain } from "../accelerators/compute-domain";
import { fitBackend } from "../gateway/gke";
import { connectPicker } from "../gateway/istio";
import { inferenceGroup } from "../gateway/types";
import { modelLabel, poolLabel, routingLabel, servingLabel, versionLabel } from "../labels";
import { kaiScheduler, placementOf } from "../scheduling/placement";
import { PodGroup } from "../scheduling/pod-group";
import { modelServerPriority } from "../scheduling/priority";
import { topologyAnnotations } from "../scheduling/topology";
import { adapterModule } from "./adapters";
import { Autoscaling } from "./autoscaling/autoscaling";
import { waitingRoom } from "./autoscaling/from-zero";
import { loadOf } from "./autoscaling/load-time";
import type { Variant } from "./autoscaling/signals";
import { EndpointPicker, pickerPort } from "./endpoint-picker";
import { grantOf, joinsDomain } from "./gpus";
import type { ModelGateway } from "./model-route";
import { ModelServers, serverPort } from "./model-server";
import { InferenceModelRewrite, InferenceObjective, InferencePool } from "./types";
import { weightsOf } from "./weights";
import { gpuHourUsd, spansNodes, type Workload } from "./workloads";

export interface ServedVersionArgs {
  /** Source: one of `models` of the environment. */
  readonly model: Model;
  readonly version: Version;
  /** Its servers: each role on each of the model's pools. */
  readonly workloads: readonly Workload[];
  /** The cluster's region, in which its nodes lie. */
  readonly region: string;
  readonly namespace: Input<string>;
  readonly serviceAccount: Input<string>;
  readonly claims: ClaimTemplates;
  /** Who routes to it. */
  readonly gateway: ModelGateway;
  /** Claims of volumes that hold weights, by the pool whose servers read them. */
  readonly caches: ReadonlyMap<string, Input<string>>;
  /** The KAI queue that its GPUs count against. */
  readonly queue: Input<string>;
  /** What scales its servers. Source: `autoscaling` of the environment. */
  readonly autoscaling?: Environment["autoscaling"];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Seconds that a request may take: answers stream for as long as they are long. */
export const longestRequest = 3600;

/** Where a route sends a version's requests. */
export interface Backend {
  readonly group: string;
  readonly kind: "InferencePool" | "Service";
  readonly name: Output<string>;
  readonly port?: number;
}

/** One version of a model: its servers, and what requests find them by. */
export class ServedVersion extends ComponentResource {
  readonly backend: Backend;
  /** The InferenceObjective that a request to this version names; none where nothing picks an endpoint. */
  readonly objective?: Output<string>;

  constructor(args: ServedVersionArgs, opts: ComponentResourceOptions) {
    const { model, version, namespace, mirror } = args;
    const name = versionName(model, version);
    super("ai-platform:serving:ServedVersion", name, {}, opts);
    const metadata = { name, namespace };
    const selector = {
      [modelLabel]: model.name,
      [servingLabel]: "true",
      ...(version.name === undefined ? {} : { [versionLabel]: version.name }),
    };
    this.makeServers(args, selector, metadata);

    if (model.routing === "service") {
      const service = new core.Service(
        name,
        {
          // As the servers themselves: nobody can say when there are GPUs for them.
          metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
          spec: { selector, ports: [{ name: "http", port: serverPort, targetPort: serverPort }] },
        },
        { parent: this },
      );
      this.backend = { group: "", kind: "Service", name: service.metadata.name, port: serverPort };
      this.fitGke(args, { parent: this });
      this.registerOutputs({});
      return;
    }

    const child = { parent: this };
    const picker = new EndpointPicker(
      `${name}-picker`,
      {
        namespace,
        model: name,
        servedModel: model.name,
        servers: selector,
        mode: version.serving.mode,
        cache: model.cache,
        ...(version.serving.mode === "aggregated" && version.serving.servers.scale?.min === 0
          ? { waitingRoom: waitingRoom(loadOf(version, version.serving.servers, args.workloads[0]!.pool)) }
          : {}),
        mirror,
      },
      child,
    );
    const pool = new InferencePool(
      name,
      {
        metadata,
        spec: {
          // Both roles: the picker tells them apart.
          selector: { matchLabels: selector },
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
    const poolRef = { group: inferenceGroup, kind: "InferencePool" as const, name: pool.metadata.name };
    const objective = new InferenceObjective(name, { metadata, spec: { priority: model.priority, poolRef } }, child);
    if (model.adapters.length > 0) {
      new InferenceModelRewrite(
        name,
        {
          metadata,
          spec: {
            poolRef,
            // An adapter keeps its name over its versions, and each version has one of its own on the servers: what
            // they cached of the old one is never taken for the new one's.
            rules: model.adapters.map((adapter) => ({
              matches: [{ model: { type: "Exact", value: adapter.name } }],
              targets: [{ modelRewrite: adapterModule(adapter) }],
            })),
          },
        },
        child,
      );
    }
    if (args.gateway.implementation === "istio") {
      connectPicker(name, { namespace, service: picker.serviceName }, child);
    }
    this.backend = { group: inferenceGroup, kind: "InferencePool", name: pool.metadata.name };
    this.fitGke(args, child);
    this.objective = objective.metadata.name;
    this.registerOutputs({});
  }

  private fitGke(
    { model, version, namespace, gateway }: ServedVersionArgs,
    opts: { readonly parent: ComponentResource },
  ): void {
    if (gateway.implementation === "gke") {
      const { kind, name } = this.backend;
      const backend = { namespace, kind, name, port: serverPort, timeoutSeconds: longestRequest };
      fitBackend(versionName(model, version), backend, opts);
    }
  }

  private makeServers(
    args: ServedVersionArgs,
    selector: Readonly<Record<string, string>>,
    metadata: { readonly name: string; readonly namespace: Input<string> },
  ): void {
    const { model, version, workloads, namespace, claims, queue, mirror } = args;
    const child = { parent: this };
    const home = workloads[0]!.pool;
    const domainOf = (pool: GpuPool) => (joinsDomain(version, pool) ? `${metadata.name}-channel` : undefined);
    // One domain for both roles, so that the caches that prefill hands to decode go over NVLink as well.
    const channel = domainOf(home);
    const computeDomain =
      channel &&
      new ComputeDomain(
        metadata.name,
        {
          metadata,
          spec: { numNodes: 0, channel: { allocationMode: "Single", resourceClaimTemplate: { name: channel } } },
        },
        child,
      );
    // Neither role is of use without the other, so neither takes GPUs before at least one of each can have them. Where a
    // replica spans nodes KAI groups by itself, by replica, and the roles come one by one: it offers no group for both.
    const roles = workloads.filter(({ rank }) => rank === 0).map(({ role }) => role.name);
    const grouped =
      roles.length > 1 && placementOf(home, model.spot).scheduler === kaiScheduler && !spansNodes(version);
    const podGroup = grouped
      ? new PodGroup(
          metadata.name,
          {
            metadata,
            spec: {
              queue,
              priorityClassName: modelServerPriority,
              minSubGroup: roles.length,
              subGroups: roles.map((role) => ({ name: role, minMember: 1 })),
            },
          },
          child,
        )
      : undefined;
    for (const workload of workloads) {
      const { name, role, pool, rank } = workload;
      const { shape, share, memoryShare } = grantOf(model, workload);
      const cache = args.caches.get(pool.name);
      const servers = new ModelServers(
        name,
        {
          model,
          version,
          role,
          pool,
          placement: placementOf(pool, model.spot),
          topology: topologyAnnotations(pool, args.region),
          identity: { ...selector, [poolLabel]: pool.name },
          labels: model.routing === "service" ? { [routingLabel]: model.routing } : {},
          namespace,
          serviceAccount: args.serviceAccount,
          queue,
          podGroup: rank === 0 ? podGroup?.metadata.name : undefined,
          gpus: podGpus({ name, namespace, queue, shape, templates: claims }, child),
          share,
          memoryShare,
          channelTemplate: rank === 0 ? channel : undefined,
          weights: weightsOf(version.source, { gib: version.architecture.weightsGib, cache, mirror }),
          adapters: model.adapters.map((adapter) => ({
            name: adapterModule(adapter),
            weights: weightsOf(adapter.source, { adapter: adapter.name, cache, mirror }),
          })),
          mirror,
        },
        computeDomain ? { parent: this, dependsOn: [computeDomain] } : child,
      );
      if (role.role.scale !== undefined && args.autoscaling !== undefined) {
        this.scale(args, workload, role.role.scale, servers, metadata.name);
      }
    }
  }

  private scale(
    { model, version, workloads, namespace, autoscaling }: ServedVersionArgs,
    { name, role, pool, rank }: Workload,
    scale: Scale,
    servers: ModelServers,
    poolName: string,
  ): void {
    const { gpus, nodes, replicas } = role.role;
    const alike = workloads.filter((other) => other.role.name === role.name);
    const priced = alike.every((other) => gpuHourUsd(other.pool) !== undefined);
    new Autoscaling(
      name,
      {
        namespace,
        target: { ...servers.target, name },
        role: role.name,
        model: model.name,
        objective: model.objective,
        scale,
        replicas,
        by: autoscaling!.by,
        prometheus: autoscaling!.prometheus,
        load: loadOf(version, role.role, pool),
        variants: alike.map((other) => ({
          name: other.name,
          kind: servers.target.kind,
          max: mostReplicas(other.role.role),
        })) as [Variant, ...Variant[]],
        rank,
        ...(priced ? { cost: gpuHourUsd(pool)! * gpus * nodes } : {}),
        accelerator: pool.accelerator,
        ...(model.routing === "picker" ? { pool: poolName } : {}),
        fromZero: alike[0]!.role.role.scale?.min === 0,
      },
      { parent: servers },
    );
  }
}
