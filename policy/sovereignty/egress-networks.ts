import { partitions } from "../../catalog/partitions";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  unknown,
  type Value,
  walk,
} from "../rule";
import { publicRange } from "./hosts";
import { partitionsOf } from "./partitions";

/** Networks that open a way out to addresses of which nobody can say who answers: refused where it is sovereign. */
export function judgeNetworks(resource: Resource, context: Context): Observation[] {
  if (!context.environment.jurisdiction.sovereign) return [];
  const { type } = resource;
  if (/^kubernetes:networking\.k8s\.io\/[^:]+:NetworkPolicy$/.test(type)) return policy(resource, context);
  if (
    /:(CiliumNetworkPolicy|CiliumClusterwideNetworkPolicy|AdminNetworkPolicy|BaselineAdminNetworkPolicy|GlobalNetworkPolicy|NetworkPolicy)$/.test(
      type,
    )
  ) {
    return otherPolicy(resource, context);
  }
  if (/^aws(-native)?:/.test(type)) return securityGroup(resource, context);
  return /^gcp:compute\/(firewall|firewallPolicyRule|networkFirewallPolicyRule):/.test(type)
    ? firewall(resource, context)
    : [];
}

const listOf = (value: Value): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : value === undefined || value === null ? [] : [value];

/** A range outside private networks, save the one by which a network without a way out reaches its cloud. */
function judgeRange(range: Value, field: Path, context: Context): Observation[] {
  if (range === unknown) return [deferred(field)];
  if (typeof range !== "string") return [];
  const vips = partitionsOf(context).flatMap((name) => {
    const partition = partitions[name];
    return partition.provider === "gcp" ? [partition.restrictedVip] : [];
  });
  if (vips.includes(range.trim())) return [];
  const open = publicRange(range.trim());
  return open === false
    ? []
    : [
        {
          field,
          value: range,
          message:
            open === undefined
              ? "which is no range that can be read"
              : "which opens a way to addresses outside, and nothing says who answers there",
          remedy: "open only private ranges, and reach what is outside by a proxy that jurisdiction.endpoints names",
        },
      ];
}

/** A network of the stack's own that leads nowhere: a policy which names nobody opens no way out of it. */
const closed = ({ environment: { cluster } }: Context) =>
  cluster.kind !== "existing" && cluster.network.egress === "none";

function policy({ props }: Resource, context: Context): Observation[] {
  const { spec } = props;
  if (spec === unknown) return [deferred(["spec"])];
  const egress = isObject(spec) ? spec.egress : undefined;
  if (egress === unknown) return [deferred(["spec", "egress"])];
  return listOf(egress).flatMap((rule, index): Observation[] => {
    const field = ["spec", "egress", index];
    if (rule === unknown) return [deferred(field)];
    const to = isObject(rule) ? rule.to : undefined;
    if (to === unknown) return [deferred([...field, "to"])];
    const peers = listOf(to);
    if (peers.length === 0) {
      return closed(context)
        ? []
        : [
            {
              field,
              message: "names nobody in `to`, and so opens a way to everybody, inside and outside",
              remedy: "name pods, namespaces or private ranges in `to`",
            },
          ];
    }
    return peers.flatMap((peer, at) => {
      const block = isObject(peer) ? peer.ipBlock : peer;
      const here = [...field, "to", at, "ipBlock"];
      if (block === unknown) return [deferred(here)];
      return isObject(block) ? judgeRange(block.cidr, [...here, "cidr"], context) : [];
    });
  });
}

/** Policies of other networks: Cilium's, Calico's, and those of administrators. */
function otherPolicy({ props }: Resource, context: Context): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    if (!field.some((part) => typeof part === "string" && /^egress/i.test(part))) return;
    const [list, index] = [field.at(-2), field.at(-1)];
    if (typeof index === "number" && /^(toCIDR|nets|networks)$/.test(String(list)))
      found.push(...judgeRange(value, field, context));
    if (index === "cidr") found.push(...judgeRange(value, field, context));
    if (list === "toEntities" && /^(world|world-ipv4|world-ipv6|all)$/.test(String(value))) {
      found.push({
        field,
        value: String(value),
        message: "which is everybody outside",
        remedy: "name whom it may reach",
      });
    }
  });
  return found;
}

function securityGroup({ type, props }: Resource, context: Context): Observation[] {
  const lists = (rule: Properties, at: Path): Observation[] =>
    ["cidrBlocks", "ipv6CidrBlocks", "cidrIp", "cidrIpv6", "cidrIpv4"].flatMap((key) => {
      const value = rule[key];
      return value === unknown
        ? [deferred([...at, key])]
        : listOf(value).flatMap((range, index) =>
            judgeRange(range, Array.isArray(value) ? [...at, key, index] : [...at, key], context),
          );
    });
  if (/:(ec2|vpc)\/securityGroupEgressRule:/.test(type)) return lists(props, []);
  if (/:ec2\/securityGroupRule:/.test(type)) return props.type === "ingress" ? [] : lists(props, []);
  if (!/:ec2\/(securityGroup|defaultSecurityGroup):|:ec2:SecurityGroup$/.test(type)) return [];
  const key = props.securityGroupEgress === undefined ? "egress" : "securityGroupEgress";
  const egress = props[key];
  return egress === unknown
    ? [deferred([key])]
    : listOf(egress).flatMap((rule, index) =>
        rule === unknown ? [deferred([key, index])] : isObject(rule) ? lists(rule, [key, index]) : [],
      );
}

function firewall({ props }: Resource, context: Context): Observation[] {
  const direction = props.direction;
  if (direction === unknown) return [deferred(["direction"])];
  const denies = listOf(props.denies).length > 0 || props.action === "deny";
  if (String(direction ?? "INGRESS").toUpperCase() !== "EGRESS" || denies) return [];
  const ranges: [Value, Path][] = [
    [props.destinationRanges, ["destinationRanges"]],
    [isObject(props.match) ? props.match.destIpRanges : undefined, ["match", "destIpRanges"]],
  ];
  if (ranges.every(([value]) => listOf(value).length === 0)) {
    return [
      {
        field: ["destinationRanges"],
        message: "names no range, and so opens a way to everybody outside",
        remedy: "name private ranges",
      },
    ];
  }
  return ranges.flatMap(([value, field]) =>
    value === unknown
      ? [deferred(field)]
      : listOf(value).flatMap((range, index) => judgeRange(range, [...field, index], context)),
  );
}
