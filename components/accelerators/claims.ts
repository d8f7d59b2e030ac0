import { ResourceClaim, ResourceClaimTemplate } from "@pulumi/kubernetes/resource/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { queueLabel } from "../scheduling/queue";
import { deviceClassName, gpuDriver } from "./device-class";
import type { ClaimShape } from "./request";

export interface ClaimTemplatesArgs {
  /** Namespace of the pods that claim. */
  readonly namespace: Input<string>;
  /** Prefix that tells the engine's names of different namespaces apart. */
  readonly owner: string;
  /** What the templates' own names start with, where others keep theirs in the same namespace. */
  readonly prefix?: string;
  /** What pods there ask for; equal shapes become one template, and what is no claim of a pod's own becomes none. */
  readonly shapes: readonly ClaimShape[];
}

type OwnClaim = Extract<ClaimShape, { how: "whole" | "mig" | "memory" }>;
type SharedClaim = Extract<ClaimShape, { how: "turns" }>;

const isOwnClaim = (shape: ClaimShape): shape is OwnClaim => shape.how !== "resources" && shape.how !== "turns";

function claimTemplateName(shape: OwnClaim): string {
  const { how } = shape;
  if (how === "mig") {
    return deviceClassName(shape);
  }
  const whole = deviceClassName({ accelerator: shape.accelerator });
  return how === "whole" ? `${whole}-x${shape.count}` : `${whole}-memory-${shape.memoryMib}mi`;
}

/** Name of the one request that a claim has. */
const requestName = "gpus";

/**
 * What a claim asks for. ExactCount and `exactly`: KAI counts `All` as one GPU and never schedules `firstAvailable`.
 */
function devices(shape: OwnClaim | SharedClaim): inputs.resource.v1.DeviceClaim {
  const exactly = {
    deviceClassName: deviceClassName({
      accelerator: shape.accelerator,
      ...(shape.how === "mig" ? { profile: shape.profile } : {}),
    }),
    allocationMode: "ExactCount",
    count: shape.how === "whole" ? shape.count : 1,
    ...(shape.how === "memory" ? { capacity: { requests: { memory: `${shape.memoryMib}Mi` } } } : {}),
  };
  return {
    requests: [{ name: requestName, exactly }],
    ...(shape.how === "turns" ? { config: [sharingConfig(shape)] } : {}),
  };
}

/** Source: dra-driver-nvidia-gpu v0.4.1 api/nvidia.com/resource/v1beta1/gpuconfig.go. */
const sharingConfig = ({ sharing }: SharedClaim): inputs.resource.v1.DeviceClaimConfiguration => ({
  requests: [requestName],
  opaque: {
    driver: gpuDriver,
    parameters: { apiVersion: "resource.nvidia.com/v1beta1", kind: "GpuConfig", sharing },
  },
});

/**
 * The ResourceClaimTemplates of one namespace, one for each shape. Templates rather than claims: each pod gets its own
 * claim, which is freed with the pod (a claim that is named stays allocated, and one that is shared is counted twice).
 */
export class ClaimTemplates extends ComponentResource {
  private readonly names: ReadonlyMap<string, Output<string>>;

  constructor(name: string, args: ClaimTemplatesArgs, opts: ComponentResourceOptions) {
    super("ai-platform:accelerators:ClaimTemplates", name, {}, opts);
    const shapes = new Map(args.shapes.filter(isOwnClaim).map((shape) => [claimTemplateName(shape), shape]));
    this.names = new Map(
      [...shapes].map(([templateName, shape]) => {
        const template = new ResourceClaimTemplate(
          `${args.owner}-${templateName}`,
          {
            metadata: { name: `${args.prefix ?? ""}${templateName}`, namespace: args.namespace },
            spec: { spec: { devices: devices(shape) } },
          },
          { parent: this },
        );
        return [templateName, template.metadata.name];
      }),
    );
    this.registerOutputs({ names: [...this.names.values()] });
  }

  /** The template for a shape, known once it exists. Throws for a shape that was not asked for. */
  of(shape: OwnClaim): Output<string> {
    const name = claimTemplateName(shape);
    const template = this.names.get(name);
    if (template === undefined) {
      throw new Error(`no claim template ${name}`);
    }
    return template;
  }
}

export interface PodGpusArgs {
  /** Name for a claim that the pods hold together: that of their workload. */
  readonly name: string;
  readonly namespace: Input<string>;
  /** The tenant's KAI queue: KAI refuses a claim that several pods may hold unless it says so. */
  readonly queue: Input<string>;
  readonly shape: ClaimShape;
  /** The templates of the namespace. */
  readonly templates: ClaimTemplates;
}

/** What pods state of their GPUs. */
export interface PodGpus {
  readonly claims: readonly inputs.core.v1.PodResourceClaim[];
  /** Extended resources of the container that computes. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Name under which a pod knows the claim of its GPUs. */
const podClaim = "gpus";

/**
 * What the pods of one workload state to get their GPUs. Makes the claim that they hold together, where they do.
 * Source of the queue's label on it: KAI v0.17.0 pkg/scheduler/plugins/dynamicresources (validateSharedGpuClaimQueueLabel).
 */
export function podGpus(
  { name, namespace, queue, shape, templates }: PodGpusArgs,
  opts: { readonly parent: ComponentResource },
): PodGpus {
  switch (shape.how) {
    case "resources":
      return { claims: [], resources: shape.resources };
    case "turns": {
      const claim = new ResourceClaim(
        name,
        { metadata: { name, namespace, labels: { [queueLabel]: queue } }, spec: { devices: devices(shape) } },
        opts,
      );
      return { claims: [{ name: podClaim, resourceClaimName: claim.metadata.name }], resources: {} };
    }
    default:
      return { claims: [{ name: podClaim, resourceClaimTemplateName: templates.of(shape) }], resources: {} };
  }
}
