import { ComponentResource, type ComponentResourceOptions, type Input, output } from "@pulumi/pulumi";
import type { RoleName } from "../../../stacks/model";
import type { Scale } from "../../../stacks/scale";
import { scaledObject } from "./keda";
import { cooldownSeconds, type Load, loadSeconds } from "./load-time";
import { signalsOf, type Variant } from "./signals";
import { ScaledObject, type ScaleTarget, VariantAutoscaling } from "./types";
import { acceleratorLabel, recommended, variantCost } from "./variant-autoscaler";

/** Who decides on replicas. */
export type Autoscaler = "keda" | "variant-autoscaler";

export interface AutoscalingArgs {
  /** Namespace of the servers. */
  readonly namespace: Input<string>;
  /** What is scaled. Nothing else may set its `replicas`. */
  readonly target: ScaleTarget;
  readonly role: RoleName;
  /** Name under which the model is served. */
  readonly model: string;
  /** Source: `scale` of the role; with a `min` of 0 where it only takes what is too much for cheaper hardware. */
  readonly scale: Scale;
  /** Latencies that hold where `scale` states none. Source: `objective` of the model. */
  readonly objective?: { readonly ttftMs: number; readonly tpotMs: number };
  /** Replicas that it starts with, which are also kept while its load is unknown. */
  readonly replicas: number;
  /** Source: `autoscaling.by` of the environment. */
  readonly by: Autoscaler;
  /** Address of a server that answers Prometheus' queries. Source: `autoscaling.prometheus` of the environment. */
  readonly prometheus: string;
  readonly load: Load;
  /** All workloads that have the same servers on different hardware, the cheapest first; itself, where it is alone. */
  readonly variants: readonly [Variant, ...Variant[]];
  /** Its place among them. */
  readonly rank: number;
  /** USD per hour of one replica. None where that is not known of all variants: their order counts then. */
  readonly cost?: number;
  /** The accelerator that it runs on: a key of catalog/accelerators.ts. */
  readonly accelerator: string;
  /** Name of the InferencePool, where an endpoint picker stands before the servers. */
  readonly pool?: string;
  /** Whether the cheapest variant may come to 0, so that requests can come while nothing runs. */
  readonly fromZero: boolean;
}

/** Scales one workload of model servers between the bounds that it states. */
export class Autoscaling extends ComponentResource {
  constructor(name: string, args: AutoscalingArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:Autoscaling", name, {}, opts);
    const { target, role, variants, rank, pool, fromZero } = args;
    const scale = {
      ...args.scale,
      ttftMs: args.scale.ttftMs ?? args.objective?.ttftMs,
      tpotMs: args.scale.tpotMs ?? args.objective?.tpotMs,
    };
    const metadata = { name: target.name, namespace: args.namespace };
    const child = { parent: this };
    const recommends = args.by === "variant-autoscaler";
    if (recommends) {
      new VariantAutoscaling(
        name,
        {
          metadata: { ...metadata, labels: { [acceleratorLabel]: args.accelerator } },
          spec: { scaleTargetRef: target, modelID: args.model, variantCost: variantCost(args.cost ?? rank + 1) },
        },
        child,
      );
    }
    new ScaledObject(
      name,
      {
        metadata,
        spec: output(args.namespace).apply((namespace) =>
          scaledObject({
            target,
            scale,
            replicas: args.replicas,
            signals: recommends
              ? [{ name: "recommended", query: recommended(namespace, target.name) }]
              : signalsOf({ namespace, role, scale, variants, rank, pool, fromZero }),
            prometheus: args.prometheus,
            loadSeconds: loadSeconds(args.load),
            cooldownSeconds: cooldownSeconds(args.load, scale.cooldownSeconds),
            overflow: !recommends && rank > 0,
          }),
        ),
      },
      child,
    );
    this.registerOutputs({});
  }
}
