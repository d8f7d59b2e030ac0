import { type AcceleratorName, accelerators } from "../../catalog/accelerators";
import type { GpuPool } from "../../stacks/environment";

/** The DRA driver's name for what it publishes. Source: dra-driver-nvidia-gpu v0.4.1 cmd/gpu-kubelet-plugin/main.go. */
export const gpuDriver = "gpu.nvidia.com";

/** What devices a class holds: whole GPUs of a type, or MIG slices of one profile of it. */
export interface DeviceKind {
  readonly accelerator: AcceleratorName;
  readonly profile?: string;
}

/**
 * Name of the DeviceClass of an accelerator type, or of one MIG profile of it. It contains "gpu" because KAI counts a
 * claim against a queue's GPU quota only then (seen with KAI v0.17.0). A `+` in a profile's name, as in `1g.10gb+me`,
 * has no place in an object's.
 */
export const deviceClassName = ({ accelerator, profile }: DeviceKind): string =>
  profile === undefined ? `gpu-${accelerator}` : `gpu-${accelerator}-mig-${profile.replace(/[^a-z0-9.]/g, "-")}`;

/**
 * Selects devices by the attributes that the driver publishes with every one; a MIG slice carries its parent's product.
 * Source: dra-driver-nvidia-gpu v0.4.1 cmd/gpu-kubelet-plugin/deviceinfo.go, mig.go.
 */
export function deviceSelector({ accelerator, profile }: DeviceKind): string {
  const attributes = `device.attributes["${gpuDriver}"]`;
  const equal = (attribute: string, value: string) => `${attributes}.${attribute} == ${JSON.stringify(value)}`;
  return [
    `device.driver == "${gpuDriver}"`,
    equal("type", profile === undefined ? "gpu" : "mig"),
    ...(profile === undefined ? [] : [equal("profile", profile)]),
    equal("productName", accelerators[accelerator].productName),
  ].join(" && ");
}

/**
 * The classes of a cluster: whole GPUs of each type, and the profiles that its pools offer. Of what the DRA driver hands
 * out, that is; device plugins know no classes.
 */
export function deviceKinds(pools: readonly GpuPool[]): DeviceKind[] {
  const kinds = pools
    .filter(({ devices }) => devices.owner === "dra")
    .flatMap(({ accelerator, devices: { sharing } }): DeviceKind[] => [
      { accelerator },
      ...(sharing?.how === "mig" ? sharing.profiles.map((profile) => ({ accelerator, profile })) : []),
    ]);
  return [...new Map(kinds.map((kind) => [deviceClassName(kind), kind])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, kind]) => kind);
}
