import { customResource } from "../../custom-resource";
import type { NetworkInterface, Taint } from "./nodes";

/** What of it the platform states. Source: Karpenter v1.14.1, ec2nodeclasses.karpenter.k8s.aws. */
interface Ec2NodeClassSpec {
  /** EKS's own images: `<family>@v<release>`. */
  readonly amiSelectorTerms: readonly { readonly alias: string }[];
  readonly instanceProfile: string;
  readonly subnetSelectorTerms: readonly { readonly tags: Readonly<Record<string, string>> }[];
  readonly securityGroupSelectorTerms: readonly { readonly id: string }[];
  readonly capacityReservationSelectorTerms?: readonly { readonly id: string }[];
  readonly placementGroupSelector?: { readonly name: string };
  readonly networkInterfaces?: readonly NetworkInterface[];
  readonly metadataOptions: {
    readonly httpEndpoint: "enabled";
    readonly httpProtocolIPv6: "disabled";
    readonly httpPutResponseHopLimit: number;
    readonly httpTokens: "required";
  };
  readonly blockDeviceMappings: readonly {
    readonly deviceName: string;
    readonly rootVolume: boolean;
    readonly ebs: {
      readonly volumeType: "gp3";
      /** A quantity such as `100Gi`. */
      readonly volumeSize: string;
      readonly encrypted: boolean;
      readonly kmsKeyID: string;
      readonly deleteOnTermination: boolean;
    };
  }[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Durations are such as `720h`. Source: Karpenter v1.14.1, nodepools.karpenter.sh. */
interface NodePoolSpec {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: string };
      readonly requirements: readonly {
        readonly key: string;
        readonly operator: "In";
        readonly values: readonly string[];
      }[];
      readonly taints: readonly Taint[];
      readonly expireAfter: string;
      readonly terminationGracePeriod: string;
    };
  };
  /** Quantities by resource; `nodes` counts nodes. */
  readonly limits: Readonly<Record<string, string>>;
  readonly disruption: {
    readonly consolidationPolicy: "WhenEmpty" | "WhenEmptyOrUnderutilized";
    readonly consolidateAfter: string;
    readonly budgets: readonly { readonly nodes: string }[];
  };
}

export const Ec2NodeClass = customResource<Ec2NodeClassSpec>("karpenter-crd", "EC2NodeClass");
export const KarpenterNodePool = customResource<NodePoolSpec>("karpenter-crd", "NodePool");
