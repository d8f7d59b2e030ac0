import { customResource } from "../custom-resource";

/** Source: dra-driver-nvidia-gpu v0.4.1, computedomains.resource.nvidia.com. Its spec cannot be changed once written. */
interface ComputeDomainSpec {
  /** Deprecated upstream; 0 lets every node in as its pod comes. */
  readonly numNodes: 0;
  readonly channel: {
    readonly allocationMode: "Single" | "All";
    /** The driver makes this ResourceClaimTemplate; a pod that claims from it joins the domain. */
    readonly resourceClaimTemplate: { readonly name: string };
  };
}

export const ComputeDomain = customResource<ComputeDomainSpec>("dra-driver-nvidia-gpu", "ComputeDomain");
