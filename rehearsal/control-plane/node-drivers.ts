import { machines } from "../../catalog/machines";
import { poolLabel } from "../../components/labels";
import type { ControlPlaneClient, KubeObject } from "./client";
import type { KarpenterMachines } from "./karpenter";
import { extendedResources, featureLabels } from "./node-object";
import { resourceSlices } from "./resource-slices";

/** The label by which Karpenter's nodes are known: the name of their NodePool. */
const nodePoolLabel = "karpenter.sh/nodepool";

/** How long, in milliseconds, to wait before what failed is tried again. */
const again = 1_000;

/**
 * What runs on a node that Karpenter made: GPU Feature Discovery, and the DRA driver or the device plugin. Nothing of it
 * runs in a simulated pod, so it is done here, as soon as a node appears. The slices belong to their node, as those of a
 * real driver do, and go with it.
 */
export class NodeDrivers {
  private readonly served = new Set<string>();
  private ending = false;
  private stopWatching = () => {};

  constructor(
    private readonly client: ControlPlaneClient,
    private readonly devices: KarpenterMachines["devices"],
  ) {}

  start(): void {
    const selector = encodeURIComponent(nodePoolLabel);
    // Without a version to begin at, a watch begins with every object that is there.
    const watch = this.client.watch(`/api/v1/nodes?labelSelector=${selector}`, ({ type, object }) => {
      if (type === "ADDED" || type === "MODIFIED") void this.serve(object);
      if (type === "DELETED") this.served.delete(object.metadata.uid);
    });
    this.stopWatching = watch.stop;
    void watch.ended.then(() => {
      if (!this.ending) setTimeout(() => !this.ending && this.start(), again);
    });
  }

  stop(): void {
    this.ending = true;
    this.stopWatching();
  }

  private async serve(node: KubeObject): Promise<void> {
    const { uid } = node.metadata;
    if (this.served.has(uid) || node.metadata.deletionTimestamp !== undefined) return;
    this.served.add(uid);
    try {
      for (const [path, object] of driverObjects(node, this.devices)) {
        await this.client.apply(path, object, { fieldManager: "rehearsal-drivers" });
      }
    } catch {
      // The node may be gone. If it is not, the next time may do.
      this.served.delete(uid);
      setTimeout(async () => {
        if (this.ending) return;
        const found = await this.client.get(nodePath(node)).catch(() => undefined);
        if (found !== undefined && found.metadata.uid === uid) void this.serve(found);
      }, again);
    }
  }
}

const nodePath = (node: KubeObject) => `/api/v1/nodes/${node.metadata.name}`;

/** What is applied for a node, by path; nothing for one that is of no known pool or has no GPUs. */
export function driverObjects(node: KubeObject, devices: KarpenterMachines["devices"]): [string, KubeObject][] {
  const { name, uid, labels } = node.metadata;
  const machine = machines[`aws/${labels["node.kubernetes.io/instance-type"]}`];
  const owned = devices[labels[poolLabel]];
  if (machine?.accelerator === undefined || owned === undefined) return [];
  const simulated = {
    name,
    labels,
    group: labels[nodePoolLabel],
    region: labels["topology.kubernetes.io/region"],
    accelerator: machine.accelerator,
    gpus: machine.gpus,
    devices: owned,
  };
  // The uid keeps a node that is gone from being created anew.
  const same = (metadata: object, status?: object): KubeObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid, ...metadata },
    ...(status && { status }),
  });
  const plugged = extendedResources(simulated);
  const objects: [string, KubeObject][] = [[nodePath(node), same({ labels: featureLabels(simulated) })]];
  if (Object.keys(plugged).length > 0) {
    objects.push([`${nodePath(node)}/status`, same({}, { capacity: plugged, allocatable: plugged })]);
  }
  for (const slice of resourceSlices(simulated)) {
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid, controller: true }];
    objects.push([
      `/apis/resource.k8s.io/v1/resourceslices/${slice.metadata.name}`,
      { ...slice, metadata: { ...slice.metadata, ownerReferences } },
    ]);
  }
  return objects;
}
