import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { Tenant } from "../../stacks/environment";
import { ClaimTemplates } from "../accelerators/claims";
import type { ClaimShape } from "../accelerators/request";
import { tenantLabel, tenantScope } from "../labels";
import { Namespace } from "../namespace";

export interface TenantSpaceArgs {
  /** Source: one of `tenants` of the environment. */
  readonly tenant: Tenant;
  /** What the tenant's pods may claim. Source: `models` of the environment. */
  readonly shapes: readonly ClaimShape[];
}

/** What is one tenant's: a namespace that nothing enters unasked, and the GPU shapes to claim there. */
export class TenantSpace extends ComponentResource {
  readonly tenant: string;
  readonly namespace: Namespace;
  readonly claims: ClaimTemplates;

  constructor(args: TenantSpaceArgs, opts: ComponentResourceOptions) {
    const scope = tenantScope(args.tenant.name);
    super("ai-platform:serving:TenantSpace", scope, {}, opts);
    this.tenant = args.tenant.name;
    this.namespace = new Namespace(
      scope,
      {
        name: scope,
        podSecurity: "restricted",
        // Not even its own models talk to each other: each has a policy for its pods.
        traffic: { within: false },
        labels: { [tenantLabel]: this.tenant },
      },
      { parent: this },
    );
    this.claims = new ClaimTemplates(
      scope,
      { namespace: this.namespace.name, owner: scope, shapes: args.shapes },
      { parent: this },
    );
    this.registerOutputs({ namespace: this.namespace.name });
  }
}
