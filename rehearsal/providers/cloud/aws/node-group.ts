import { machinesOf, type OfferedMachine } from "../../../../catalog/machines";
import { eksNodeLabels } from "../../../../catalog/node-labels";
import { uuid } from "../../../control-plane/node-object";
import type { Taint } from "../../../control-plane/nodes";
import type { CloudObject, Machine, Plain } from "../kind";
import { itsCluster } from "./eks";
import { arnOf } from "./settings";
import { type AwsKind, type AwsOperation, named, roleArn, securityGroupsAt, subnets, subnetsOf } from "./shared";
import { tokens } from "./tokens";

/** How EKS spells the effects of taints. */
const effects: Readonly<Record<string, Taint["effect"]>> = {
  NO_SCHEDULE: "NoSchedule",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
  NO_EXECUTE: "NoExecute",
};

/** What EKS takes where neither the group nor its template names a type. Source: the SDK's documentation. */
const defaultType = "t3.medium";

export const nodeGroup: AwsKind = {
  token: tokens.nodeGroup,
  autoname: { field: "nodeGroupName", longest: 63 },
  immutable: [
    "amiType",
    "capacityType",
    "clusterName",
    "diskSize",
    "instanceTypes",
    "launchTemplate.id",
    "launchTemplate.name",
    "nodeGroupName",
    "nodeGroupNamePrefix",
    "nodeRoleArn",
    "remoteAccess",
    "subnetIds",
  ],
  references: [
    itsCluster(),
    roleArn("nodeRoleArn"),
    subnets("subnetIds.*"),
    { path: "launchTemplate.id", to: tokens.launchTemplate, by: "id", holds: false },
    { path: "launchTemplate.name", to: tokens.launchTemplate, by: "name", holds: false },
    securityGroupsAt("remoteAccess.sourceSecurityGroupIds.*"),
  ],
  check: ({ taints, scalingConfig }) => [
    ...(Array.isArray(taints) ? taints : []).flatMap(({ effect }, index) =>
      typeof effect === "string" && !(effect in effects)
        ? [
            {
              property: `taints[${index}].effect`,
              reason: `expected one of ${Object.keys(effects).join(", ")}, not "${effect}"`,
            },
          ]
        : [],
    ),
    ...(scalingConfig?.maxSize === 0
      ? [{ property: "scalingConfig.maxSize", reason: "expected at least 1, not 0" }]
      : []),
  ],
  validate(operation) {
    requireSizes(operation.inputs);
    requireTemplate(operation);
    const { settings, inputs, world } = operation;
    const asked: string[] = typesOf(operation.inputs, operation);
    const here = machinesOf("aws", settings.region).map(({ type }) => type);
    const unknown = asked.filter((type) => !here.includes(type));
    // Source: https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1279
    if (unknown.length > 0) {
      throw new Error(
        `InvalidParameterException: The following supplied instance types do not exist: [${unknown.join(", ")}]`,
      );
    }
    const network = world.find(tokens.cluster, "name", inputs.clusterName)?.state.vpcConfig.vpcId;
    const stray = subnetsOf(operation, inputs.subnetIds).find(({ state }) => state.vpcId !== network);
    if (stray) {
      throw new Error(
        `InvalidParameterException: Subnet ${stray.id} does not belong to the VPC of the cluster, ${network}`,
      );
    }
  },
  identity: ({ clusterName, nodeGroupName }) =>
    nodeGroupName === undefined ? undefined : `${clusterName} ${nodeGroupName}`,
  conflict: ({ inputs }) =>
    `ResourceInUseException: NodeGroup already exists with name ${inputs.nodeGroupName} and cluster name ${inputs.clusterName}`,
  missing: (value) => `ResourceNotFoundException: No node group found for name: ${value}.`,
  id: (operation) => `${operation.inputs.clusterName}:${named(operation, "nodeGroupName")}`,
  failed: { status: "CREATE_FAILED" },
  outputs(operation) {
    const { inputs, hex, settings, world } = operation;
    const name = named(operation, "nodeGroupName");
    const cluster = world.find(tokens.cluster, "name", inputs.clusterName);
    const template = templateOf(inputs, operation);
    return {
      arn: arnOf(settings, "eks", `nodegroup/${inputs.clusterName}/${name}/${uuid(hex(64))}`),
      nodeGroupName: name,
      nodeGroupNamePrefix: inputs.nodeGroupNamePrefix ?? "",
      status: "ACTIVE",
      amiType: inputs.amiType ?? "AL2023_x86_64_STANDARD",
      capacityType: inputs.capacityType ?? "ON_DEMAND",
      diskSize: inputs.diskSize ?? (inputs.launchTemplate === undefined ? 20 : 0),
      instanceTypes: inputs.instanceTypes ?? (template?.state.instanceType === undefined ? [defaultType] : []),
      nodeRepairConfig: inputs.nodeRepairConfig ?? { enabled: false },
      releaseVersion: inputs.releaseVersion ?? "latest",
      resources: [
        { autoscalingGroups: [{ name: `eks-${name}-${uuid(hex(64, "group"))}` }], remoteAccessSecurityGroupId: "" },
      ],
      updateConfig: inputs.updateConfig ?? { maxUnavailable: 1 },
      version: inputs.version ?? cluster?.state.version ?? "",
      ...(template && inputs.launchTemplate
        ? { launchTemplate: { ...inputs.launchTemplate, id: template.id, name: template.state.name } }
        : {}),
    };
  },
  nodes: (object, operation) => nodesOf(object, operation),
};

function requireSizes({ scalingConfig: { minSize, desiredSize, maxSize } }: Plain): void {
  if (minSize > desiredSize) {
    throw new Error(
      `InvalidParameterException: Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`,
    );
  }
  if (desiredSize > maxSize) {
    throw new Error(
      `InvalidParameterException: desired capacity ${desiredSize} can't be greater than max size ${maxSize}`,
    );
  }
}

/** What a group may not say beside its launch template, and versions that the template does not have. */
function requireTemplate(operation: AwsOperation): void {
  const { inputs } = operation;
  const template = templateOf(inputs, operation);
  if (!template) return;
  if (template.state.instanceType !== undefined && inputs.instanceTypes !== undefined) {
    throw new Error("InvalidRequestException: Cannot specify instance types in launch template and API request");
  }
  if (inputs.diskSize !== undefined) {
    throw new Error("InvalidRequestException: Disk size must be specified within the launch template.");
  }
  if (inputs.remoteAccess !== undefined) {
    throw new Error("InvalidRequestException: Remote access configuration cannot be specified with a launch template.");
  }
  const version = Number(inputs.launchTemplate.version);
  if (version > template.state.latestVersion) {
    throw new Error(
      `InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  }
}

const templateOf = ({ launchTemplate }: Plain, { world }: Pick<AwsOperation, "world">): CloudObject | undefined =>
  launchTemplate && world.find(tokens.launchTemplate, ["id", "name"], launchTemplate.id ?? launchTemplate.name ?? "");

function typesOf(inputs: Plain, operation: Pick<AwsOperation, "world">): string[] {
  const template = templateOf(inputs, operation);
  return inputs.instanceTypes ?? [template?.state.instanceType ?? defaultType];
}

/** The nodes that the group's autoscaling group would launch, spread over the zones of its subnets. */
function nodesOf({ state }: CloudObject, operation: AwsOperation): Machine[] {
  const { hex, settings, world } = operation;
  const [type] = typesOf(state.instanceTypes?.length > 0 ? state : operation.inputs, operation);
  const machine: OfferedMachine | undefined = machinesOf("aws", settings.region).find((offer) => offer.type === type);
  if (!machine) throw new Error(`no machine of type ${type} is known in ${settings.region}`);
  const zones = subnetsOf({ world }, state.subnetIds).map((subnet) => subnet.state.availabilityZone as string);
  const labels: Record<string, string> = {
    ...state.labels,
    [eksNodeLabels.nodeGroup]: state.nodeGroupName,
    [eksNodeLabels.image]: `ami-${hex(17, "image")}`,
    [eksNodeLabels.capacityType]: state.capacityType,
    ...(state.launchTemplate
      ? {
          [eksNodeLabels.launchTemplateId]: state.launchTemplate.id,
          [eksNodeLabels.launchTemplateVersion]: String(state.launchTemplate.version),
        }
      : {}),
    "node.kubernetes.io/instance-type": machine.type,
  };
  const taints: Taint[] = (state.taints ?? []).map(({ key, value, effect }: Plain) => ({
    key,
    ...(value === undefined ? {} : { value }),
    effect: effects[effect]!,
  }));
  return Array.from({ length: state.scalingConfig.desiredSize }, (_, index) => ({
    // By instance id: names of the other kind follow from addresses, which nobody hands out here.
    name: `i-${hex(17, `node ${index}`)}.${settings.region}.compute.internal`,
    labels,
    taints,
    region: settings.region,
    zone: zones[index % zones.length] ?? `${settings.region}a`,
    architecture: machine.architecture,
    cpus: machine.cpus,
    memoryGib: machine.memoryGib,
    ...(machine.accelerator === undefined ? {} : { accelerator: machine.accelerator }),
    gpus: machine.gpus,
    kubernetesVersion: `${state.version}.0`,
  }));
}
