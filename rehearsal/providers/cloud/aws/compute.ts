import { equal } from "../../kubernetes/values";
import type { Plain } from "../kind";
import { arnOf } from "./settings";
import { type AwsKind, ec2Id, keyAt, named, securityGroupsAt } from "./shared";
import { tokens } from "./tokens";

/** What of a launch template is the template's own and not a version's. */
const unversioned = ["tags", "updateDefaultVersion", "defaultVersion", "region"];

const launchTemplate: AwsKind = {
  token: tokens.launchTemplate,
  autoname: { field: "name", longest: 128 },
  immutable: ["name", "namePrefix"],
  references: [
    securityGroupsAt("vpcSecurityGroupIds.*", { holds: false }),
    securityGroupsAt("networkInterfaces.*.securityGroups.*", { holds: false }),
    { path: "placement.groupName", to: tokens.placementGroup, by: "name", holds: false },
    { path: "iamInstanceProfile.name", to: tokens.instanceProfile, by: "name", holds: false },
    { path: "iamInstanceProfile.arn", to: tokens.instanceProfile, by: "arn", holds: false },
    keyAt("blockDeviceMappings.*.ebs.kmsKeyId"),
  ],
  check: ({ updateDefaultVersion, defaultVersion }) =>
    updateDefaultVersion !== undefined && defaultVersion !== undefined
      ? [{ property: "defaultVersion", reason: "defaultVersion and updateDefaultVersion exclude each other" }]
      : [],
  identity: ({ name }) => name,
  conflict: () => "InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use.",
  missing: (value) =>
    `InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID ${value}, does not exist.`,
  id: ec2Id("lt"),
  outputs: (operation) => {
    const { inputs, id, previous, settings } = operation;
    const latest = previous ? previous.state.latestVersion + (isNewVersion(previous.inputs, inputs) ? 1 : 0) : 1;
    return {
      arn: arnOf(settings, "ec2", `launch-template/${id}`),
      name: named(operation),
      namePrefix: inputs.namePrefix ?? "",
      latestVersion: latest,
      defaultVersion:
        inputs.defaultVersion ?? (inputs.updateDefaultVersion ? latest : (previous?.state.defaultVersion ?? 1)),
      metadataOptions: {
        httpEndpoint: "enabled",
        httpProtocolIpv6: "disabled",
        httpPutResponseHopLimit: 1,
        httpTokens: "optional",
        instanceMetadataTags: "disabled",
        ...inputs.metadataOptions,
      },
    };
  },
};

function isNewVersion(before: Plain, now: Plain): boolean {
  const versioned = (inputs: Plain) => Object.entries(inputs).filter(([field]) => !unversioned.includes(field));
  return !equal(Object.fromEntries(versioned(before)), Object.fromEntries(versioned(now)));
}

const placementGroup: AwsKind = {
  token: tokens.placementGroup,
  autoname: { field: "name", longest: 255 },
  immutable: ["name", "partitionCount", "spreadLevel", "strategy"],
  check: ({ strategy, partitionCount, spreadLevel }) => [
    ...(typeof strategy === "string" && partitionCount !== undefined && strategy !== "partition"
      ? [{ property: "partitionCount", reason: `partitionCount must not be set when strategy = "${strategy}"` }]
      : []),
    ...(typeof strategy === "string" && spreadLevel !== undefined && strategy !== "spread"
      ? [{ property: "spreadLevel", reason: `spreadLevel must not be set when strategy = "${strategy}"` }]
      : []),
  ],
  identity: ({ name }) => name,
  conflict: ({ inputs }) => `InvalidPlacementGroup.Duplicate: The placement group '${inputs.name}' already exists.`,
  missing: (value) => `InvalidPlacementGroup.Unknown: The Placement Group '${value}' is unknown.`,
  id: ({ inputs }) => inputs.name,
  outputs: ({ inputs, id, hex, settings }) => ({
    arn: arnOf(settings, "ec2", `placement-group/${id}`),
    placementGroupId: `pg-${hex(17)}`,
    partitionCount: inputs.partitionCount ?? 0,
    spreadLevel: inputs.spreadLevel ?? "",
  }),
};

export const compute: readonly AwsKind[] = [launchTemplate, placementGroup];
