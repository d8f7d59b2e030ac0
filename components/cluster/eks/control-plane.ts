import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as eks from "@pulumi/aws/eks";
import * as vpc from "@pulumi/aws/vpc";
import { all, ComponentResource, type ComponentResourceOptions, type Output, secret } from "@pulumi/pulumi";
import { arn } from "../../../catalog/partitions";
import type { AuditLogs } from "../audit-logs";
import { kubeconfig } from "./kubeconfig";
import { type EksSettings, iamArn, type Location } from "./location";
import { lasting } from "./log-retention";
import type { Network } from "./network";
import { Role } from "./role";

export interface ControlPlaneArgs {
  readonly location: Location;
  /** Version, endpoint, administrators and ranges. Source: `cluster` of the environment. */
  readonly settings: EksSettings;
  readonly network: Network;
  /** Key of Kubernetes secrets and of the control plane's logs. */
  readonly keyArn: Output<string>;
  /** Whether EKS refuses to delete it. Source: `cluster.deletionProtection` of the environment, else its `tier`. */
  readonly protectedFromDeletion: boolean;
  /** How long logs are kept. */
  readonly auditLogs: AuditLogs;
}

/** EKS's control plane, who may administer it, and what it records. */
export class ControlPlane extends ComponentResource {
  /** Its name, known once it exists. */
  readonly clusterName: Output<string>;
  readonly version: Output<string>;
  readonly endpoint: Output<string>;
  /** The security group that EKS makes: control plane and nodes are in it, and reach each other by it, EFA included. */
  readonly securityGroupId: Output<string>;
  /** How to reach it. A secret. */
  readonly kubeconfig: Output<string>;

  constructor(name: string, args: ControlPlaneArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksControlPlane", name, {}, opts);
    const { location, settings, network, keyArn } = args;
    const child = { parent: this };

    // Made before the cluster would make it, without a key and for ever.
    const logs = new cloudwatch.LogGroup(
      name,
      { name: `/aws/eks/${location.cluster}/cluster`, kmsKeyId: keyArn, ...lasting(args.auditLogs) },
      child,
    );
    const role = new Role(
      "control-plane",
      {
        location,
        service: "eks",
        managedPolicies: ["AmazonEKSClusterPolicy"],
        statements: [
          {
            Effect: "Allow",
            Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
            Resource: keyArn,
          },
        ],
      },
      child,
    );
    const restricted = settings.endpoint.access === "restricted" ? settings.endpoint : undefined;
    const cluster = new eks.Cluster(
      name,
      {
        name: location.cluster,
        version: settings.kubernetes,
        roleArn: role.arn,
        accessConfig: {
          authenticationMode: "API",
          // Whoever made it would be an administrator for ever, by no entry that anybody could see or take away.
          bootstrapClusterCreatorAdminPermissions: false,
        },
        // Add-ons are EKS's own, in the versions of the catalog.
        bootstrapSelfManagedAddons: false,
        vpcConfig: {
          subnetIds: [...network.nodeSubnets.values()],
          securityGroupIds: [this.apiAccess(location, settings.network, network.vpcId)],
          endpointPrivateAccess: true,
          endpointPublicAccess: restricted !== undefined,
          publicAccessCidrs: restricted?.cidrs,
        },
        kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: settings.network.serviceCidr },
        encryptionConfig: { provider: { keyArn }, resources: ["secrets"] },
        enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        // Leaves a minor when its standard support ends, instead of paying several times the price to stay.
        upgradePolicy: { supportType: "STANDARD" },
        deletionProtection: args.protectedFromDeletion,
      },
      // The whole network: it goes last, so that what takes machines away reaches AWS until they are gone.
      { parent: this, dependsOn: [role, logs, network] },
    );
    this.clusterName = cluster.name;
    this.version = cluster.version;
    this.endpoint = cluster.endpoint;
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    this.kubeconfig = secret(
      all([cluster.endpoint, cluster.certificateAuthority]).apply(([server, { data }]) =>
        kubeconfig(location, server, data),
      ),
    );
    for (const administrator of settings.adminRoles) {
      const principalArn = iamArn(location, `role/${administrator}`);
      const entry = new eks.AccessEntry(
        administrator,
        { clusterName: cluster.name, principalArn, type: "STANDARD" },
        child,
      );
      new eks.AccessPolicyAssociation(
        administrator,
        {
          clusterName: cluster.name,
          principalArn,
          policyArn: arn(location.partition, "eks", "", "aws", "cluster-access-policy/AmazonEKSClusterAdminPolicy"),
          accessScope: { type: "cluster" },
        },
        { parent: this, dependsOn: [entry] },
      );
    }
    this.registerOutputs({ clusterName: this.clusterName, endpoint: this.endpoint });
  }

  /** What lets those in the network and in its peers reach the API server's private address. */
  private apiAccess(
    location: Location,
    { cidr, peers }: EksSettings["network"],
    vpcId: Output<string>,
  ): Output<string> {
    const group = new ec2.SecurityGroup(
      "api-access",
      {
        name: `${location.cluster}-api-access`,
        description: "Reaches the Kubernetes API server from the network and its peers",
        vpcId,
        tags: { Name: `${location.cluster}-api-access` },
      },
      { parent: this },
    );
    for (const range of [cidr, ...peers]) {
      new vpc.SecurityGroupIngressRule(
        `api-access-${range}`,
        {
          securityGroupId: group.id,
          description: "Kubernetes API",
          cidrIpv4: range,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
        },
        { parent: this },
      );
    }
    return group.id;
  }
}
