import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { Mirror, Tenant } from "../../stacks/environment";
import type { Accelerators } from "../accelerators/accelerators";
import { tenantLabel, tenantScope } from "../labels";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { Queue, type QueueResource } from "./queue";

export interface SchedulingArgs {
  /** What the scheduler hands out: KAI finds the driver's API only if that is there first. */
  readonly accelerators: Accelerators;
  /** Who shares the GPUs. Source: `tenants` of the environment. */
  readonly tenants: readonly Tenant[];
  /** Whether control pods are doubled. Source: `tier` of the environment. */
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Source: KAI v0.17.0 pkg/common/constants/constants.go. */
export const schedulerName = "kai-scheduler";
export const queueLabel = "kai.scheduler/queue";
/** A label, not the field of the pod: KAI reads it from the workload, and no object has to exist by that name. */
export const priorityClassLabel = "priorityClassName";

/**
 * KAI's class for model servers (125). From 100 on it is not preemptible, and what is not preemptible never exceeds the
 * quota of its queue, even with GPUs idle: so a model is never evicted for another, and never grows on what is borrowed.
 */
export const inferencePriority = "inference";

const unbounded: QueueResource = { quota: -1, limit: -1, overQuotaWeight: 1 };

/** KAI with one queue per tenant, and LeaderWorkerSet for replicas that span nodes. */
export class Scheduling extends ComponentResource {
  readonly kai: Release;
  readonly leaderWorkerSet: Release;
  /** Queue of each tenant by the tenant's name, known once it exists. */
  readonly queues: ReadonlyMap<string, Output<string>>;

  constructor(name: string, args: SchedulingArgs, opts: ComponentResourceOptions) {
    super("ai-platform:scheduling:Scheduling", name, {}, opts);
    const { accelerators, tenants, mirror } = args;

    const namespace = new Namespace(
      "kai-scheduler",
      // Its operator starts the other pods without a security context, which "restricted" would refuse.
      { name: releases["kai-scheduler"].namespace, podSecurity: "baseline" },
      { parent: this },
    );
    // Made here and not by the chart, which first asks the cluster whether they exist and so renders differently on the
    // second run.
    const reservation = new Namespace(
      "kai-resource-reservation",
      { name: "kai-resource-reservation", podSecurity: "baseline" },
      { parent: this },
    );
    const reservationAccount = new core.ServiceAccount(
      "kai-resource-reservation",
      { metadata: { name: "kai-resource-reservation", namespace: reservation.name } },
      { parent: this },
    );
    const operator = releaseImage("kai-scheduler", "kai-scheduler/kai-scheduler/operator", mirror);
    this.kai = new Release(
      {
        release: "kai-scheduler",
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
          operator: { replicaCount: args.highlyAvailable ? 2 : 1 },
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

    const inKai = { parent: this, dependsOn: [this.kai] };
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

    const lwsNamespace = new Namespace(
      "lws-system",
      { name: releases.lws.namespace, podSecurity: "restricted" },
      { parent: this },
    );
    const lwsImage = releaseImage("lws", "lws/lws", mirror);
    this.leaderWorkerSet = new Release(
      {
        release: "lws",
        mirror,
        namespaces: [lwsNamespace],
        values: {
          replicaCount: args.highlyAvailable ? 2 : 1,
          image: { manager: { repository: lwsImage.repository, tag: lwsImage.tag, pullPolicy: "IfNotPresent" } },
          // The one thing that the chart leaves out of "restricted".
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        },
      },
      { parent: this },
    );
    this.registerOutputs({ queues: [...this.queues.values()] });
  }
}
