import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, log, type Output, type Resource } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { GpuPool, Mirror, Tenant } from "../../stacks/environment";
import type { Accelerators } from "../accelerators/accelerators";
import type { Cluster } from "../cluster/cluster";
import { tenantLabel, tenantScope } from "../labels";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { called, webhookPort } from "../traffic";
import { gpuPoolsOf, kaiScheduler, schedulerOf } from "./placement";
import { priorityClasses } from "./priority";
import { Queue, type QueueResource } from "./queue";
import { topologies } from "./topology";

export interface SchedulingArgs {
  /** The cluster whose pods are placed: its pools, and where it stands. */
  readonly cluster: Cluster;
  /** What the scheduler hands out: KAI finds the driver's API only if that is there first. */
  readonly accelerators: Accelerators;
  /** Who shares the GPUs. Source: `tenants` of the environment. */
  readonly tenants: readonly Tenant[];
  /** Whether control pods are doubled. Source: `tier` of the environment. */
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

const unbounded: QueueResource = { quota: -1, limit: -1, overQuotaWeight: 1 };

/** KAI with one queue per tenant, LeaderWorkerSet for replicas that span nodes, priorities, and where nodes lie. */
export class Scheduling extends ComponentResource {
  readonly kai: Release;
  readonly leaderWorkerSet: Release;
  /** Priority classes, which must be there before a pod that names one. */
  readonly priorities: readonly Resource[];
  /** Queue of each tenant by the tenant's name, known once it exists. */
  readonly queues: ReadonlyMap<string, Output<string>>;

  constructor(name: string, args: SchedulingArgs, opts: ComponentResourceOptions) {
    super("ai-platform:scheduling:Scheduling", name, {}, opts);
    const { cluster, tenants } = args;
    const pools = gpuPoolsOf(cluster.pools.map(({ pool }) => pool));
    this.warn(pools);

    this.priorities = priorityClasses({ parent: this });
    this.kai = this.installKai(args);
    const inKai = { parent: this, dependsOn: [this.kai] };
    topologies(pools, cluster.region, inKai);
    const root = new Queue(
      "tenants",
      {
        metadata: { name: "tenants" },
        spec: {
          displayName: "All tenants",
          // The tree's root promises what its leaves promise together, and bounds nothing itself: the nodes do.
          resources: {
            cpu: unbounded,
            memory: unbounded,
            gpu: { quota: tenants.reduce((sum, { gpus }) => sum + gpus.quota, 0), limit: -1, overQuotaWeight: 1 },
          },
        },
      },
      inKai,
    );
    this.queues = new Map(
      tenants.map((tenant) => {
        const queue = new Queue(
          tenantScope(tenant.name),
          {
            metadata: { name: tenantScope(tenant.name), labels: { [tenantLabel]: tenant.name } },
            spec: {
              displayName: tenant.name,
              parentQueue: root.metadata.name,
              ...(tenant.priority === undefined ? {} : { priority: tenant.priority }),
              resources: {
                // Unbounded, because GPUs are what is scarce: with a quota of 0 CPUs nothing that is not preemptible,
                // so no model server, could run.
                cpu: unbounded,
                memory: unbounded,
                gpu: {
                  quota: tenant.gpus.quota,
                  limit: tenant.gpus.limit ?? -1,
                  overQuotaWeight: tenant.gpus.overQuotaWeight,
                },
              },
            },
          },
          inKai,
        );
        return [tenant.name, queue.metadata.name];
      }),
    );

    this.leaderWorkerSet = this.installLeaderWorkerSet(args);
    this.registerOutputs({ queues: [...this.queues.values()] });
  }

  /** What nobody would see before it is missed: pools on which the tenants' queues mean nothing. */
  private warn(pools: readonly GpuPool[]): void {
    for (const pool of pools) {
      const scheduler = schedulerOf(pool);
      if (scheduler !== kaiScheduler) {
        log.warn(
          `pool ${pool.name} is placed by ${scheduler}, which ${kaiScheduler} cannot do for how its GPUs are handed out: tenants' quotas, and groups that start together, do not hold there`,
          this,
        );
      }
    }
  }

  private installKai({ accelerators, highlyAvailable, mirror }: SchedulingArgs): Release {
    const release = "kai-scheduler";
    const namespace = new Namespace(
      release,
      // Its operator starts the other pods without a security context, which "restricted" would refuse.
      {
        name: releases[release].namespace,
        podSecurity: "baseline",
        traffic: { callApi: true, ingress: [called(webhookPort)] },
      },
      { parent: this },
    );
    // Made here and not by the chart, which first asks the cluster whether they exist and so renders differently on the
    // second run.
    const reservation = new Namespace(
      "kai-resource-reservation",
      { name: "kai-resource-reservation", podSecurity: "baseline", traffic: { within: false, callApi: true } },
      { parent: this },
    );
    const reservationAccount = new core.ServiceAccount(
      "kai-resource-reservation",
      { metadata: { name: "kai-resource-reservation", namespace: reservation.name } },
      { parent: this },
    );
    const operator = releaseImage(release, "kai-scheduler/kai-scheduler/operator", mirror);
    return new Release(
      {
        release,
        mirror,
        namespaces: [namespace, reservation],
        after: [accelerators.driver],
        values: {
          global: {
            // One registry and tag for all of its images; the chart appends their names.
            registry: operator.repository.replace(/\/operator$/, ""),
            tag: operator.tag,
            resourceReservation: { createNamespace: false, createServiceAccount: false },
          },
          operator: { replicaCount: highlyAvailable ? 2 : 1 },
          // Without hooks: the Config is an object of the release, and definitions come from the chart's crds folder.
          kaiConfig: { render: true },
          kaiConfigDeployer: { enabled: false },
          topologyMigration: { enabled: false },
          postCleanup: { enabled: false },
          // Every workload names its tenant's queue; one that does not is not to run on anybody's quota.
          defaultQueue: { createDefaultQueue: false },
        },
      },
      { parent: this, dependsOn: [reservationAccount] },
    );
  }

  private installLeaderWorkerSet({ highlyAvailable, mirror }: SchedulingArgs): Release {
    const release = "lws";
    const namespace = new Namespace(
      "lws-system",
      {
        name: releases[release].namespace,
        podSecurity: "restricted",
        traffic: { callApi: true, ingress: [called(webhookPort)] },
      },
      { parent: this },
    );
    const image = releaseImage(release, "lws/lws", mirror);
    return new Release(
      {
        release,
        mirror,
        namespaces: [namespace],
        values: {
          replicaCount: highlyAvailable ? 2 : 1,
          image: { manager: { repository: image.repository, tag: image.tag, pullPolicy: "IfNotPresent" } },
          // The one thing that the chart leaves out of "restricted".
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        },
      },
      { parent: this },
    );
  }
}
