import { allocationOf, allocationTags } from "../../components/allocation";
import { type Context, deferred, type Observation, type Resource, unknown } from "../rule";
import { ignored, mapOf, missing } from "./carried";
import { at, decoded, listOf, textOf } from "./values";

/**
 * Types that take no tags, of those that the platform uses; none of them bills. Source: @pulumi/aws 7.48.0, whose
 * resources with tags all have `tagsAll`.
 */
export const untagged: ReadonlySet<string> = new Set([
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:ec2/route:Route",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:kms/alias:Alias",
  "aws:sqs/queuePolicy:QueuePolicy",
]);

export const isAws = ({ type }: Resource): boolean => /^(aws|aws-native):/.test(type) && !untagged.has(type);

/** What a launch template says of what it launches: machines and their volumes bill, and have tags of their own. */
const launched = ["instance", "volume"];

/** Provider defaults reach everything but auto scaling groups: hashicorp.com/blog/default-tags-in-the-terraform-aws-provider. */
const group = "aws:autoscaling/group:Group";

/** The tags of an AWS resource, its own and those of its provider, and those of what it launches. */
export function judgeAws(resource: Resource, { environment }: Context): readonly Observation[] {
  const { type, props, provider } = resource;
  const required = allocationTags(allocationOf(environment));
  const defaults = decoded(provider?.props.defaultTags);
  const tags = defaults === unknown ? unknown : mapOf(at(decoded(defaults), "tags"));
  const own = missing(["tags"], mapOf(props.tags), type === group ? {} : tags, required, "tags");
  return [
    ...own,
    ...stripped(resource, Object.keys(required)),
    ...ignored(resource.options.ignoreChanges, /^tags(All)?$/),
    ...(type === "aws:ec2/launchTemplate:LaunchTemplate" ? ofLaunched(resource, required) : []),
    ...(type === "aws:eks/nodeGroup:NodeGroup" && props.launchTemplate === undefined
      ? [
          {
            field: ["launchTemplate"],
            message: "is not stated, and tags of a node group do not reach its machines and volumes",
            remedy: "launch them from a template whose tagSpecifications have the tags",
          },
        ]
      : []),
    ...(type === group ? ofGroup(resource, Object.keys(required)) : []),
  ];
}

function ofLaunched({ props }: Resource, required: Readonly<Record<string, string>>): readonly Observation[] {
  const field = ["tagSpecifications"];
  if (props.tagSpecifications === unknown) return [deferred(field)];
  const specifications = listOf(props.tagSpecifications);
  return launched.flatMap((kind) => {
    const index = specifications.findIndex((specification) => at(specification, "resourceType") === kind);
    const at_ = index < 0 ? field : [...field, index, "tags"];
    const tags = index < 0 ? {} : mapOf(at(specifications[index], "tags"));
    return missing(at_, tags, {}, required, `tags of each ${kind}:`);
  });
}

/** Tags of a group reach its machines only where each of them says so. */
const ofGroup = ({ props }: Resource, keys: readonly string[]): readonly Observation[] =>
  listOf(props.tags).flatMap((tag, index): readonly Observation[] => {
    const key = textOf(at(tag, "key"));
    const propagates = at(tag, "propagateAtLaunch");
    if (key === undefined || !keys.includes(key) || propagates === true) return [];
    const field = ["tags", index, "propagateAtLaunch"];
    return propagates === unknown
      ? [deferred(field)]
      : [{ field, message: `is not true, so that the machines of the group do not get ${key}` }];
  });

/** A provider that is told to ignore a tag neither sets it right nor sees that it is wrong. */
function stripped({ provider }: Resource, keys: readonly string[]): readonly Observation[] {
  const ignoring = decoded(provider?.props.ignoreTags);
  const field = ["provider", "ignoreTags"];
  const exact = at(ignoring, "keys");
  const prefixes = at(ignoring, "keyPrefixes");
  if (exact === unknown || prefixes === unknown) return [deferred(field)];
  const hit = keys.filter(
    (key) =>
      listOf(exact).includes(key) ||
      listOf(prefixes).some((prefix) => typeof prefix === "string" && key.startsWith(prefix)),
  );
  return hit.length === 0
    ? []
    : [
        {
          field,
          value: hit.join(", "),
          message: "so that the provider leaves these tags as they are, whatever they say",
        },
      ];
}
