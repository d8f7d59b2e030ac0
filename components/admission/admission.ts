import * as admissionregistration from "@pulumi/kubernetes/admissionregistration/v1";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { AdmissionPolicy } from "../../policy/admission/policies";

export interface AdmissionPoliciesArgs {
  /** Source: the rules of `policy/`, for this environment. */
  readonly policies: readonly AdmissionPolicy[];
}

/**
 * The rules in the cluster: the API server refuses what a pull request would, whoever writes it. What is made after this
 * depends on it, so that nothing of the platform is there before the rules are.
 */
export class AdmissionPolicies extends ComponentResource {
  constructor(name: string, { policies }: AdmissionPoliciesArgs, opts: ComponentResourceOptions) {
    super("ai-platform:admission:AdmissionPolicies", name, {}, opts);
    for (const { policy, bindings } of policies) {
      const made = new admissionregistration.ValidatingAdmissionPolicy(
        policy.name,
        { metadata: { name: policy.name }, spec: policy.spec },
        { parent: this },
      );
      for (const binding of bindings) {
        new admissionregistration.ValidatingAdmissionPolicyBinding(
          binding.name,
          { metadata: { name: binding.name }, spec: binding.spec },
          { parent: this, dependsOn: made },
        );
      }
    }
    this.registerOutputs({ rules: policies.map(({ rule }) => rule.id) });
  }
}
