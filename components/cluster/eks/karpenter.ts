import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { releases } from "../../../catalog/releases";
import type { Mirror } from "../../../stacks/environment";
import { Namespace } from "../../namespace";
import { Release, releaseImage } from "../../release";
import { podIdentity } from "../../traffic";
import type { ControlPlane } from "./control-plane";
import { Interruption } from "./interruption";
import { karpenterStatements } from "./karpenter-policy";
import type { Location } from "./location";
import { Role } from "./role";

export interface KarpenterArgs {
  readonly location: Location;
  readonly controlPlane: ControlPlane;
  /** Key of its nodes' volumes. */
  readonly keyArn: Output<string>;
  /** Policies that every node's role has. */
  readonly nodePolicies: readonly string[];
  /** Whether it reaches AWS's services by endpoints alone. */
  readonly closed: boolean;
  /** Nodes that it does not make itself: so many of its pods can stand apart. */
  readonly homes: number;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** The chart's own name of it. Source: charts/karpenter templates/_helpers.tpl at v1.14.1, 2026-08. */
const serviceAccount = "karpenter";

/** Makes nodes when pods wait for them, and takes them away when nothing runs there. */
export class Karpenter extends ComponentResource {
  /** By which its nodes get their role. */
  readonly instanceProfile: Output<string>;

  constructor(name: string, args: KarpenterArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:Karpenter", name, {}, opts);
    const { location, controlPlane, mirror } = args;
    const child = { parent: this };
    const clusterName = controlPlane.clusterName;

    const nodeRole = new Role(
      "karpenter-node",
      { location, service: "ec2", managedPolicies: args.nodePolicies },
      child,
    );
    // Stated, so that Karpenter makes none: IAM has no endpoint that a closed network could reach.
    const profile = new iam.InstanceProfile(
      "karpenter-node",
      { name: `${location.cluster}-karpenter-node`, role: nodeRole.roleName },
      child,
    );
    this.instanceProfile = profile.name;
    // EKS lets nodes of its own groups join; these are not.
    const entry = new eks.AccessEntry(
      "karpenter-node",
      { clusterName, principalArn: nodeRole.arn, type: "EC2_LINUX" },
      child,
    );

    const interruption = new Interruption("interruption", { location, keyArn: args.keyArn }, child);
    const role = new Role(
      "karpenter",
      {
        location,
        service: "pods.eks",
        tagsSessions: true,
        statements: karpenterStatements({
          location,
          nodeRoleArn: nodeRole.arn,
          queueArn: interruption.queueArn,
          keyArn: args.keyArn,
        }),
      },
      child,
    );
    const namespaceName = releases.karpenter.namespace;
    const namespace = new Namespace(
      "karpenter",
      { name: namespaceName, podSecurity: "restricted", traffic: { callApi: true, egress: [podIdentity] } },
      child,
    );
    const identity = new eks.PodIdentityAssociation(
      "karpenter",
      { clusterName, namespace: namespaceName, serviceAccount, roleArn: role.arn },
      { parent: this, dependsOn: [role] },
    );

    const definitions = new Release({ release: "karpenter-crd", mirror }, child);
    const image = releaseImage("karpenter", "karpenter/controller", mirror);
    new Release(
      {
        release: "karpenter",
        mirror,
        namespaces: [namespace],
        after: [definitions],
        values: {
          replicas: Math.min(2, args.homes),
          serviceAccount: { name: serviceAccount },
          controller: {
            // The reference carries its digest already.
            image: { repository: image.repository, tag: image.tag, digest: "" },
            // It would ask the machine's metadata, which answers no pod.
            env: [{ name: "AWS_REGION", value: location.region }],
            // What upstream's guide gives it.
            resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
          },
          settings: {
            clusterName,
            clusterEndpoint: controlPlane.endpoint,
            interruptionQueue: interruption.queueName,
            isolatedVPC: args.closed,
            featureGates: { nodeRepair: true },
          },
        },
      },
      { parent: this, dependsOn: [identity, entry, interruption, profile] },
    );
    this.registerOutputs({ instanceProfile: this.instanceProfile });
  }
}
