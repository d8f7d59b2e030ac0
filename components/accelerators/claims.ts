import { ResourceClaimTemplate } from "@pulumi/kubernetes/resource/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { AcceleratorName } from "../../catalog/accelerators";
import { type Accelerators, deviceClassName } from "./accelerators";

/** GPUs of one type that one pod claims together. */
export interface ClaimShape {
  readonly accelerator: AcceleratorName;
  /** GPUs, all on one node. */
  readonly count: number;
}

export interface ClaimTemplatesArgs {
  /** Namespace of the pods that claim. */
  readonly namespace: Input<string>;
  /** Prefix that tells the engine's names of different namespaces apart. */
  readonly owner: string;
  /** What pods there may ask for; equal shapes become one template. */
  readonly shapes: readonly ClaimShape[];
  readonly accelerators: Accelerators;
}

const claimTemplateName = (shape: ClaimShape) => `${deviceClassName(shape.accelerator)}-x${shape.count}`;

/**
 * The ResourceClaimTemplates of one namespace, one for each shape. Templates rather than claims: each pod gets its own
 * claim, which is freed with the pod (a claim that is named stays allocated, and one that is shared is counted twice).
 */
export class ClaimTemplates extends ComponentResource {
  private readonly names: ReadonlyMap<string, Output<string>>;

  constructor(name: string, args: ClaimTemplatesArgs, opts: ComponentResourceOptions) {
    super("ai-platform:accelerators:ClaimTemplates", name, {}, opts);
    const shapes = new Map(args.shapes.map((shape) => [claimTemplateName(shape), shape]));
    this.names = new Map(
      [...shapes].map(([templateName, shape]) => {
        const deviceClass = args.accelerators.deviceClasses.get(shape.accelerator);
        if (deviceClass === undefined) {
          throw new Error(`no pool of this cluster has accelerator ${shape.accelerator}`);
        }
        const template = new ResourceClaimTemplate(
          `${args.owner}-${templateName}`,
          {
            metadata: { name: templateName, namespace: args.namespace },
            spec: {
              spec: {
                devices: {
                  requests: [
                    {
                      name: "gpus",
                      // ExactCount and `exactly`: KAI counts `All` as one GPU and never schedules `firstAvailable`.
                      exactly: { deviceClassName: deviceClass, allocationMode: "ExactCount", count: shape.count },
                    },
                  ],
                },
              },
            },
          },
          { parent: this },
        );
        return [templateName, template.metadata.name];
      }),
    );
    this.registerOutputs({ names: [...this.names.values()] });
  }

  /** The template for a shape, known once it exists. Throws for a shape that was not asked for. */
  of(shape: ClaimShape): Output<string> {
    const template = this.names.get(claimTemplateName(shape));
    if (template === undefined) {
      throw new Error(`no claim template for ${shape.count} x ${shape.accelerator}`);
    }
    return template;
  }
}
