import { kubernetes } from "../../../../catalog/kubernetes";
import { arnOf, dnsSuffix, isAmazonsOwn } from "./settings";
import {
  type AwsKind,
  type AwsOperation,
  type AwsReference,
  keyAt,
  roleArn,
  securityGroupsAt,
  subnets,
  subnetsOf,
} from "./shared";
import { tokens } from "./tokens";

const cluster: AwsKind = {
  token: tokens.cluster,
  autoname: { field: "name", longest: 100 },
  immutable: [
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    "bootstrapSelfManagedAddons",
    "kubernetesNetworkConfig.ipFamily",
    "kubernetesNetworkConfig.serviceIpv4Cidr",
    "name",
    "outpostConfig",
    "remoteNetworkConfig",
    "roleArn",
  ],
  references: [
    roleArn("roleArn"),
    subnets("vpcConfig.subnetIds.*"),
    securityGroupsAt("vpcConfig.securityGroupIds.*"),
    keyAt("encryptionConfig.provider.keyArn"),
  ],
  validate(operation) {
    const { inputs, previous } = operation;
    const zones = new Set(subnetsOf(operation, inputs.vpcConfig.subnetIds).map(({ state }) => state.availabilityZone));
    // Source: https://github.com/awsdocs/amazon-eks-user-guide/pull/795
    if (zones.size < 2) {
      throw new Error("InvalidParameterException: Subnets specified must be in at least two different AZs");
    }
    const known: readonly string[] = kubernetes.eks;
    if (inputs.version !== undefined && !known.includes(inputs.version)) {
      throw new Error(`InvalidParameterException: unsupported Kubernetes version ${inputs.version}`);
    }
    if (previous && minorOf(inputs.version) > minorOf(previous.state.version) + 1) {
      throw new Error(
        `InvalidParameterException: Unsupported Kubernetes minor version update from ${previous.state.version} to ${inputs.version}`,
      );
    }
  },
  identity: ({ name }) => name,
  conflict: ({ inputs }) => `ResourceInUseException: Cluster already exists with name: ${inputs.name}`,
  missing: (value) => `ResourceNotFoundException: No cluster found for name: ${value}.`,
  inUse: (_, users) =>
    users.some(({ type }) => type === tokens.nodeGroup)
      ? "ResourceInUseException: Cluster has nodegroups attached"
      : `ResourceInUseException: ${users.map(({ id }) => id).join(", ")} still refer to the cluster`,
  validateDelete({ id, state }) {
    if (state.deletionProtection) {
      throw new Error(`InvalidRequestException: cluster ${id} cannot be deleted: deletion protection is enabled`);
    }
  },
  id: ({ inputs }) => inputs.name,
  async outputs(operation) {
    const { inputs, id, hex, now, previous, settings } = operation;
    const plane = await operation.controlPlane();
    const [place] = subnetsOf(operation, inputs.vpcConfig.subnetIds);
    const issuer = `https://oidc.eks.${settings.region}.${dnsSuffix(settings)}/id/${hex(32, "issuer").toUpperCase()}`;
    return {
      arn: arnOf(settings, "eks", `cluster/${id}`),
      endpoint: plane.endpoint,
      certificateAuthority: { data: plane.certificateAuthority },
      status: "ACTIVE",
      createdAt: previous?.state.createdAt ?? now,
      version: inputs.version ?? previous?.state.version ?? kubernetes.eks[0],
      platformVersion: "eks.1",
      clusterId: "",
      identities: [{ oidcs: [{ issuer }] }],
      accessConfig: {
        authenticationMode: "CONFIG_MAP",
        bootstrapClusterCreatorAdminPermissions: true,
        ...inputs.accessConfig,
      },
      bootstrapSelfManagedAddons: inputs.bootstrapSelfManagedAddons ?? true,
      controlPlaneScalingConfig: inputs.controlPlaneScalingConfig ?? { tier: "standard" },
      deletionProtection: inputs.deletionProtection ?? false,
      kubernetesNetworkConfig: {
        ipFamily: "ipv4",
        serviceIpv4Cidr: "10.100.0.0/16",
        ...inputs.kubernetesNetworkConfig,
      },
      upgradePolicy: { supportType: "EXTENDED", ...inputs.upgradePolicy },
      vpcConfig: {
        endpointPrivateAccess: false,
        endpointPublicAccess: true,
        publicAccessCidrs: ["0.0.0.0/0"],
        ...inputs.vpcConfig,
        clusterSecurityGroupId: `sg-${hex(17, "sg")}`,
        vpcId: place?.state.vpcId ?? "",
      },
    };
  },
};

/** The 36 of 1.36; 0 where there is none. */
const minorOf = (version: string | undefined): number => Number(version?.split(".")[1] ?? 0);

/** What belongs to a cluster and goes with it; a node group holds it instead. */
export const itsCluster = (more: Partial<AwsReference> = {}): AwsReference => ({
  path: "clusterName",
  to: tokens.cluster,
  by: "name",
  refuse: ({ state }) =>
    state.status === "ACTIVE" ? undefined : `InvalidRequestException: Cluster '${state.name}' is not in ACTIVE status`,
  ...more,
});

/** Users of IAM and other accounts' roles are nothing that the world has. */
const isNoRole: AwsReference["outside"] = (value, { settings }) => {
  const [, , , , account, resource = ""] = value.split(":");
  return account !== settings.account || !resource.startsWith("role/");
};

const accessEntry: AwsKind = {
  token: tokens.accessEntry,
  immutable: ["clusterName", "principalArn", "type"],
  references: [itsCluster({ holds: false }), roleArn("principalArn", { outside: isNoRole })],
  validate({ inputs, world }) {
    const mode = world.find(tokens.cluster, "name", inputs.clusterName)?.state.accessConfig.authenticationMode;
    if (mode === "CONFIG_MAP") {
      throw new Error(
        "InvalidRequestException: The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      );
    }
  },
  identity: ({ clusterName, principalArn }) => `${clusterName} ${principalArn}`,
  conflict: () => "ResourceInUseException: The specified access entry resource is already in use on this cluster.",
  missing: notInEntries,
  id: ({ inputs }) => `${inputs.clusterName}:${inputs.principalArn}`,
  outputs: ({ inputs, hex, now, previous, settings }) => {
    const principal = String(inputs.principalArn).split(":").pop();
    return {
      accessEntryArn: arnOf(settings, "eks", `access-entry/${inputs.clusterName}/${principal}/${hex(32)}`),
      createdAt: previous?.state.createdAt ?? now,
      modifiedAt: now,
      kubernetesGroups: inputs.kubernetesGroups ?? [],
      type: inputs.type ?? "STANDARD",
      userName: inputs.userName ?? inputs.principalArn,
    };
  },
};

/** Source: https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3024 */
function notInEntries(): string {
  return "ResourceNotFoundException: The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
}

const accessPolicyAssociation: AwsKind = {
  token: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  immutable: ["accessScope", "clusterName", "policyArn", "principalArn"],
  references: [itsCluster({ holds: false })],
  validate({ inputs, settings, world }) {
    if (!isAmazonsOwn(inputs.policyArn, settings, "eks", "cluster-access-policy/")) {
      throw new Error("InvalidParameterException: The policyArn parameter format is not valid");
    }
    const entered = world
      .all(tokens.accessEntry)
      .some(({ state }) => state.clusterName === inputs.clusterName && state.principalArn === inputs.principalArn);
    if (!entered) throw new Error(notInEntries());
  },
  missing: notInEntries,
  id: ({ inputs }) => `${inputs.clusterName}#${inputs.principalArn}#${inputs.policyArn}`,
  outputs: ({ now, previous }) => ({ associatedAt: previous?.state.associatedAt ?? now, modifiedAt: now }),
};

const addon: AwsKind = {
  token: "aws:eks/addon:Addon",
  immutable: ["addonName", "clusterName"],
  references: [
    itsCluster({ holds: false }),
    roleArn("serviceAccountRoleArn"),
    roleArn("podIdentityAssociations.*.roleArn"),
  ],
  check: ({ configurationValues }) => {
    if (typeof configurationValues !== "string" || !configurationValues.startsWith("{")) return [];
    try {
      JSON.parse(configurationValues);
      return [];
    } catch {
      return [{ property: "configurationValues", reason: "expected JSON (or YAML) that the add-on's schema allows" }];
    }
  },
  identity: ({ clusterName, addonName }) => `${clusterName} ${addonName}`,
  conflict: () => "ResourceInUseException: Addon already exists.",
  missing: (value) => `ResourceNotFoundException: No addon: ${value} found in cluster`,
  id: ({ inputs }) => `${inputs.clusterName}:${inputs.addonName}`,
  outputs: ({ inputs, hex, now, previous, settings }) => ({
    arn: arnOf(settings, "eks", `addon/${inputs.clusterName}/${inputs.addonName}/${hex(32)}`),
    // EKS would pick the default version of the cluster's Kubernetes; which one that is, nobody here knows.
    addonVersion: inputs.addonVersion ?? "default",
    configurationValues: inputs.configurationValues ?? "",
    createdAt: previous?.state.createdAt ?? now,
    modifiedAt: now,
    namespaceConfig: inputs.namespaceConfig ?? {},
  }),
};

const podIdentityAssociation: AwsKind = {
  token: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  immutable: ["clusterName", "namespace", "serviceAccount"],
  references: [itsCluster({ holds: false }), roleArn("roleArn"), roleArn("targetRoleArn", { outside: isNoRole })],
  identity: ({ clusterName, namespace, serviceAccount }) => `${clusterName} ${namespace} ${serviceAccount}`,
  conflict: ({ inputs }: AwsOperation) =>
    `ResourceInUseException: Association already exists for ${inputs.namespace}/${inputs.serviceAccount}`,
  missing: (value) => `ResourceNotFoundException: No association found for id ${value}`,
  id: ({ hex }) => `a-${hex(17)}`,
  importId: ({ id, state }) => `${state.clusterName},${id}`,
  outputs: ({ inputs, id, hex, settings }) => ({
    associationArn: arnOf(settings, "eks", `podidentityassociation/${inputs.clusterName}/${id}`),
    associationId: id,
    disableSessionTags: inputs.disableSessionTags ?? false,
    externalId: inputs.targetRoleArn === undefined ? "" : hex(32, "external"),
  }),
};

export const eks: readonly AwsKind[] = [cluster, accessEntry, accessPolicyAssociation, addon, podIdentityAssociation];
