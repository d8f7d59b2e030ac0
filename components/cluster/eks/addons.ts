import * as eks from "@pulumi/aws/eks";
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from "@pulumi/pulumi";
import { type AddonName, addons } from "../../../catalog/addons";
import type { EksMinor } from "../../../catalog/kubernetes";
import { volumeEncryption } from "./encryption";
import type { Location } from "./location";
import { Role } from "./role";

export interface AddonsArgs {
  readonly location: Location;
  readonly minor: EksMinor;
  /** The cluster's name, known once it exists. */
  readonly clusterName: Output<string>;
  /** What must be there first. Nothing but the cluster by default. */
  readonly after?: readonly Resource[];
}

interface AddonSettings {
  /** Configuration in the add-on's own schema. None by default. */
  readonly configuration?: Record<string, unknown>;
  /** A service account of the add-on, and the role that its pods get by EKS Pod Identity. */
  readonly identity?: { readonly serviceAccount: string; readonly role: Role };
}

/** One add-on, in the version that the catalog has for the minor. */
function addon(
  parent: ComponentResource,
  name: AddonName,
  { minor, clusterName, after = [] }: AddonsArgs,
  { configuration, identity }: AddonSettings = {},
): eks.Addon {
  return new eks.Addon(
    name,
    {
      clusterName,
      addonName: name,
      addonVersion: addons[minor].versions[name],
      configurationValues: configuration && JSON.stringify(configuration),
      podIdentityAssociations: identity && [{ serviceAccount: identity.serviceAccount, roleArn: identity.role.arn }],
      // What is stated here holds, whoever changed it in the cluster.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
    },
    { parent, dependsOn: [...after, ...(identity === undefined ? [] : [identity.role])] },
  );
}

/** What runs on every node and makes a node of a machine. It can be there before any node is. */
export class NodeAddons extends ComponentResource {
  constructor(name: string, args: AddonsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksNodeAddons", name, {}, opts);
    const { location } = args;
    addon(this, "eks-pod-identity-agent", args);
    addon(this, "kube-proxy", args);
    const role = new Role(
      "vpc-cni",
      { location, service: "pods.eks", tagsSessions: true, managedPolicies: ["AmazonEKS_CNI_Policy"] },
      { parent: this },
    );
    addon(this, "vpc-cni", args, {
      // Without it NetworkPolicies are accepted and have no effect.
      configuration: { enableNetworkPolicy: "true" },
      identity: { serviceAccount: "aws-node", role },
    });
    this.registerOutputs();
  }
}

export interface ClusterAddonsArgs extends AddonsArgs {
  /** Key of the volumes that pods ask for. */
  readonly keyArn: Output<string>;
}

/** What runs in pods of its own, and so is only healthy once there are nodes. */
export class ClusterAddons extends ComponentResource {
  constructor(name: string, args: ClusterAddonsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksClusterAddons", name, {}, opts);
    const { location, keyArn } = args;
    addon(this, "coredns", args);
    const role = new Role(
      "ebs-csi",
      {
        location,
        service: "pods.eks",
        tagsSessions: true,
        managedPolicies: ["service-role/AmazonEBSCSIDriverPolicy"],
        statements: volumeEncryption(keyArn),
      },
      { parent: this },
    );
    addon(this, "aws-ebs-csi-driver", args, { identity: { serviceAccount: "ebs-csi-controller-sa", role } });
    this.registerOutputs();
  }
}
