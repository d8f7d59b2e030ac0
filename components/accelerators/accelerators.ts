import { DeviceClass } from "@pulumi/kubernetes/resource/v1";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { type AcceleratorName, accelerators } from "../../catalog/accelerators";
import { releases } from "../../catalog/releases";
import { type GpuPool, isGpuPool, type Mirror } from "../../stacks/environment";
import type { Cluster } from "../cluster/cluster";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";

export interface AcceleratorsArgs {
  /** The cluster whose GPU pools get a driver and device classes. */
  readonly cluster: Cluster;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** A taint that keeps other pods off GPU nodes, and therefore what every pod that belongs there must tolerate. */
export const gpuToleration = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" } as const;

/** The DRA driver's name for whole GPUs. Source: dra-driver-nvidia-gpu v0.4.1 deviceclass-gpu.yaml. */
const gpuDriver = "gpu.nvidia.com";

/**
 * Name of the DeviceClass of an accelerator type. It contains "gpu" because KAI counts a claim against a queue's GPU
 * quota only then (seen with KAI v0.17.0).
 */
export const deviceClassName = (accelerator: AcceleratorName) => `gpu-${accelerator}`;

/** Whole GPUs of one type, by the attributes that the driver publishes with every device. */
export function deviceSelector(accelerator: AcceleratorName): string {
  const { productName } = accelerators[accelerator];
  const attributes = `device.attributes["${gpuDriver}"]`;
  return [
    `device.driver == "${gpuDriver}"`,
    `${attributes}.type == "gpu"`,
    `${attributes}.productName == ${JSON.stringify(productName)}`,
  ].join(" && ");
}

/** The NVIDIA DRA driver, and one DeviceClass for each accelerator type in use. */
export class Accelerators extends ComponentResource {
  readonly driver: Release;
  /** DeviceClass of each accelerator type in use, known once it exists. */
  readonly deviceClasses: ReadonlyMap<AcceleratorName, Output<string>>;

  constructor(name: string, args: AcceleratorsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:accelerators:Accelerators", name, {}, opts);
    const { cluster, mirror } = args;
    const gpuPools: GpuPool[] = cluster.pools.map(({ pool }) => pool).filter(isGpuPool);
    const inUse = [...new Set(gpuPools.map(({ accelerator }) => accelerator))].sort();

    const namespace = new Namespace(
      "dra-driver-nvidia-gpu",
      {
        name: releases["dra-driver-nvidia-gpu"].namespace,
        // The kubelet plugin prepares devices on the node: it is privileged and mounts host paths.
        podSecurity: "privileged",
        admitCriticalPods: cluster.capabilities.criticalPodsNeedQuota,
      },
      { parent: this },
    );
    const image = releaseImage("dra-driver-nvidia-gpu", "dra-driver-nvidia/dra-driver-nvidia-gpu", mirror);
    this.driver = new Release(
      {
        release: "dra-driver-nvidia-gpu",
        mirror,
        namespaces: [namespace],
        values: {
          image: { repository: image.repository, tag: image.tag },
          nvidiaDriverRoot: cluster.capabilities.nvidiaDriverRoot,
          // The chart asks for this word, because driver and device plugin must not both hand out the same GPUs. GPU
          // pools of this platform run without the device plugin.
          gpuResourcesEnabledOverride: true,
          // Said, not detected: what the chart renders must not depend on what the cluster answers while it is asked.
          resourceApiVersion: "resource.k8s.io/v1",
          resources: {
            gpus: { enabled: true },
            computeDomains: { enabled: inUse.some((accelerator) => accelerators[accelerator].multiNodeNvlink) },
          },
          kubeletPlugin: { tolerations: [gpuToleration] },
        },
      },
      { parent: this },
    );

    this.deviceClasses = new Map(
      inUse.map((accelerator) => {
        const deviceClass = new DeviceClass(
          deviceClassName(accelerator),
          {
            metadata: { name: deviceClassName(accelerator) },
            spec: { selectors: [{ cel: { expression: deviceSelector(accelerator) } }] },
          },
          { parent: this },
        );
        return [accelerator, deviceClass.metadata.name];
      }),
    );
    this.registerOutputs({ deviceClasses: [...this.deviceClasses.values()] });
  }
}
