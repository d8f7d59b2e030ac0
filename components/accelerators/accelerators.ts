import { DeviceClass } from "@pulumi/kubernetes/resource/v1";
import { ComponentResource, type ComponentResourceOptions, log } from "@pulumi/pulumi";
import { type ReleaseName, releases } from "../../catalog/releases";
import type { GpuPool, Mirror } from "../../stacks/environment";
import type { Cluster } from "../cluster/cluster";
import { Namespace, type Traffic } from "../namespace";
import { Release } from "../release";
import { gpuPoolsOf } from "../scheduling/placement";
import { anywhere, tcp } from "../traffic";
import { dcgmExporterValues } from "./dcgm-exporter";
import { deviceClassName, deviceKinds, deviceSelector } from "./device-class";
import { draDriverValues, driverRootOf, splitByMig } from "./dra-driver";
import { gpuOperatorValues, needsGpuOperator } from "./gpu-operator";
import { hamiValues } from "./hami";
import { migPlugin } from "./mig-plugin";

/** What daemons need of the network beside the API server. */
const trafficOf: Partial<Record<ReleaseName, Traffic>> = {
  // Metrics of every GPU, for whoever in the cluster collects them: dcgm-exporter 4.8.2 deployment/values.yaml, `service.port`.
  "dcgm-exporter": { ingress: [{ from: [{ namespaceSelector: {} }], ports: tcp(9400) }] },
  // A driver is built on the node, from packages that its distribution offers by HTTP, and signs.
  "gpu-operator": { egress: [anywhere(80)] },
};

export interface AcceleratorsArgs {
  /** The cluster whose GPU pools get a driver and device classes. */
  readonly cluster: Cluster;
  /** Whether control pods are doubled. Source: `tier` of the environment. */
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/**
 * What hands out the GPUs of each pool, and what is said of them: NVIDIA's DRA driver with a DeviceClass for each kind of
 * device, HAMi, the GPU Operator where it installs drivers or the device plugin, and metrics of every GPU.
 */
export class Accelerators extends ComponentResource {
  /** NVIDIA's DRA driver. Without pools of its own it is not installed, and still what others come after. */
  readonly driver: Release;

  constructor(name: string, args: AcceleratorsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:accelerators:Accelerators", name, {}, opts);
    const { cluster, mirror } = args;
    const { nvidiaDriverRoot } = cluster.capabilities;
    const pools = gpuPoolsOf(cluster.pools.map(({ pool }) => pool));
    const ownedBy = (owner: GpuPool["devices"]["owner"]) => pools.filter(({ devices }) => devices.owner === owner);
    const [dra, hami] = [ownedBy("dra"), ownedBy("hami")];

    const operator = needsGpuOperator(pools, cluster.region)
      ? [this.install("gpu-operator", gpuOperatorValues(pools, cluster.region, mirror), [], args)]
      : [];
    const driverRoot = driverRootOf(dra, nvidiaDriverRoot);
    const { chart, own } = splitByMig(dra);
    this.driver =
      dra.length > 0
        ? this.install("dra-driver-nvidia-gpu", draDriverValues(chart, driverRoot, mirror), operator, args, {
            // The operator's chart brings the same definitions.
            skipCrds: operator.length > 0,
          })
        : new Release({ release: "dra-driver-nvidia-gpu", mirror, install: false }, { parent: this });
    if (own.length > 0) {
      migPlugin({ pools: own, driverRoot, mirror }, { parent: this, dependsOn: [this.driver] });
    }
    if (hami.length > 0) {
      this.install("hami", hamiValues(hami, cluster.capabilities, args), operator, args);
    }
    if (pools.length > 0) {
      this.install("dcgm-exporter", dcgmExporterValues(pools, mirror), operator, args);
    }
    this.warn(dra);

    const classes = deviceKinds(pools).map(
      (kind) =>
        new DeviceClass(
          deviceClassName(kind),
          {
            metadata: { name: deviceClassName(kind) },
            spec: { selectors: [{ cel: { expression: deviceSelector(kind) } }] },
          },
          { parent: this },
        ),
    );
    this.registerOutputs({ deviceClasses: classes.map(({ metadata }) => metadata.name) });
  }

  /** A release with daemons that reach into the nodes' file system, in a namespace of its own. */
  private install(
    release: ReleaseName,
    values: Record<string, unknown>,
    after: readonly Release[],
    { cluster, mirror }: AcceleratorsArgs,
    more: { readonly skipCrds?: boolean } = {},
  ): Release {
    const namespace = new Namespace(
      releases[release].namespace,
      {
        name: releases[release].namespace,
        podSecurity: "privileged",
        traffic: { callApi: true, ...trafficOf[release] },
        admitCriticalPods: cluster.capabilities.criticalPodsNeedQuota,
      },
      { parent: this },
    );
    return new Release({ release, mirror, namespaces: [namespace], after, values, ...more }, { parent: this });
  }

  /** What Kubernetes and the simulated nodes of a rehearsal know, but the driver of the catalog does not yet. */
  private warn(pools: readonly GpuPool[]): void {
    const shared = pools.find(({ devices }) => devices.sharing?.how === "consumable");
    if (shared !== undefined) {
      const { name, version } = releases["dra-driver-nvidia-gpu"];
      log.warn(
        `pool ${shared.name}: ${name} ${version} publishes no GPUs that are shared by their memory, so that slices there stay pending on real hardware`,
        this,
      );
    }
  }
}
