import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { Pool } from "../../stacks/environment";

export interface NodePoolArgs {
  /** The pool as the environment states it: size, machine, accelerator, price. */
  readonly pool: Pool;
  /** Where its machines stand: a key of catalog/regions.ts. */
  readonly region: string;
}

/**
 * A group of like nodes. What it is made of is input and output, so that policies (which see inputs of one resource and
 * outputs of all) price and place what is there, not what a file says. On a cluster that the platform did not make it has no children: the nodes are somebody else's.
 */
export class NodePool extends ComponentResource {
  readonly pool: Pool;

  constructor(args: NodePoolArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:NodePool", args.pool.name, { ...args }, opts);
    this.pool = args.pool;
    this.registerOutputs({ pool: args.pool, region: args.region });
  }
}
