import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type StackRule,
  unknown,
  type Value,
} from "../rule";
import { at, groupOf, isTrue, jsonOf, kindOf, listOf, namespaceOf, objectName } from "./objects";
import { isInternet } from "./ranges";
import { lenient } from "./upstream";

/**
 * Every namespace that a stack makes is closed: a NetworkPolicy for all of its pods denies what comes in and what goes out,
 * others open what is needed, and none of them opens everything. That the cluster enforces policies is part of it.
 */
export const networkPolicy: StackRule = {
  id: "security-network-policy",
  title: "Namespaces are closed to the network",
  concern: "security",
  severity: "high",
  frameworks: frameworks["security-network-policy"],
  remedy: "make the namespace with components/namespace.ts, and state there who talks to whom",
  applies: (resource) => isNamespace(resource) || isPolicy(resource) || enforcement(resource) !== undefined,
  checkStack(resources, context) {
    const policies = resources.filter(isPolicy);
    const namespaces = resources.filter(isNamespace);
    return [
      ...namespaces.flatMap((namespace) =>
        lenient(ofNamespace(namespace, policies), namespace, context).map((seen) => ({ ...seen, resource: namespace })),
      ),
      ...policies.flatMap((policy) =>
        lenient(ofPolicy(policy), policy, context).map((seen) => ({ ...seen, resource: policy })),
      ),
      ...resources.flatMap((resource) => (enforcement(resource) ?? []).map((seen) => ({ ...seen, resource }))),
      ...existing(namespaces, context),
    ];
  },
};

const isNamespace = (resource: Resource) =>
  kindOf(resource) === "Namespace" && groupOf(resource) === "" && !/(Patch|List)$/.test(resource.type);
const isPolicy = (resource: Resource) =>
  kindOf(resource) === "NetworkPolicy" && groupOf(resource) === "networking.k8s.io";

const directions = ["Ingress", "Egress"] as const;
type Direction = (typeof directions)[number];

/** What a policy decides: as the API server fills it in where it is not stated. */
function typesOf({ props }: Resource): Value {
  const stated = at(props, "spec", "policyTypes");
  if (stated === unknown || (Array.isArray(stated) && stated.length > 0)) return stated;
  return ["Ingress", ...(listOf(at(props, "spec", "egress")).length > 0 ? ["Egress"] : [])];
}

const isEmpty = (selector: Value): boolean =>
  isObject(selector) &&
  Object.values(selector).every(
    (part) => part === undefined || part === null || Object.keys(part as object).length === 0,
  );

function ofNamespace(namespace: Resource, policies: readonly Resource[]): Observation[] {
  const name = objectName(namespace);
  const there = policies.filter((policy) => namespaceOf(policy) === name);
  const unclear = policies.some(
    (policy) =>
      namespaceOf(policy) === unknown ||
      (namespaceOf(policy) === name &&
        [at(policy.props, "spec"), at(policy.props, "spec", "podSelector"), typesOf(policy)].includes(unknown)),
  );
  const ofAll = there.filter(({ props }) => isEmpty(at(props, "spec", "podSelector")));
  return directions.flatMap((direction): Observation[] =>
    ofAll.some((policy) => listOf(typesOf(policy)).includes(direction))
      ? []
      : unclear
        ? [deferred(["metadata", "name"])]
        : [
            {
              field: ["metadata", "name"],
              value: name,
              message: `and no NetworkPolicy with an empty podSelector denies its pods' ${direction === "Ingress" ? "incoming" : "outgoing"} traffic (policyTypes: ${direction})`,
            },
          ],
  );
}

function ofPolicy(policy: Resource): Observation[] {
  const types = typesOf(policy);
  return directions.flatMap((direction): Observation[] => {
    const key = direction.toLowerCase();
    const peers = direction === "Ingress" ? "from" : "to";
    const rules = at(policy.props, "spec", key);
    if (rules === unknown) return [deferred(["spec", key])];
    if (types !== unknown && !listOf(types).includes(direction)) return [];
    return listOf(rules).flatMap((rule, index) => ofRule(rule, ["spec", key, index], peers, direction));
  });
}

/** More ports than this by one entry is all of them. */
const manyPorts = 10_000;

function ofRule(rule: Value, field: Path, peers: "from" | "to", direction: Direction): Observation[] {
  if (rule === unknown) return [deferred(field)];
  const ports = at(rule, "ports");
  const others = at(rule, peers);
  if (ports === unknown || others === unknown) return [deferred([...field, ports === unknown ? "ports" : peers])];
  const everyPort =
    listOf(ports).length === 0 ||
    listOf(ports).some(
      (port) => at(port, "port") === undefined || Number(at(port, "endPort")) - Number(at(port, "port")) > manyPorts,
    );
  if (!everyPort) return [];
  const whom = direction === "Ingress" ? "anybody in" : "pods reach anything";
  if (listOf(others).length === 0) {
    return [{ field, message: `lets ${whom}, on every port` }];
  }
  return listOf(others).flatMap((peer, index): Observation[] => {
    const place = [...field, peers, index];
    const block = at(peer, "ipBlock", "cidr");
    const namespaces = at(peer, "namespaceSelector");
    if (peer === unknown || block === unknown || namespaces === unknown) return [deferred(place)];
    if (isInternet(block)) {
      return [
        { field: [...place, "ipBlock", "cidr"], value: String(block), message: `which lets ${whom}, on every port` },
      ];
    }
    const pods = at(peer, "podSelector");
    return isObject(namespaces) && isEmpty(namespaces) && (pods === undefined || pods === null || isEmpty(pods))
      ? [
          {
            field: [...place, "namespaceSelector"],
            message: `is empty, and lets ${whom} of the cluster, on every port`,
          },
        ]
      : [];
  });
}

/** Whether a cluster that the stack makes enforces policies; undefined for what has no say in it. */
function enforcement({ type, props }: Resource): Observation[] | undefined {
  if (/^gcp:container\/cluster:/.test(type)) {
    const provider = props.datapathProvider;
    const calico = at(props, "networkPolicy", "enabled");
    if (provider === unknown || calico === unknown) return [deferred(["datapathProvider"])];
    return provider === "ADVANCED_DATAPATH" || isTrue(calico)
      ? []
      : [
          {
            field: ["datapathProvider"],
            ...(typeof provider === "string" ? { value: provider } : {}),
            message: "and so nothing enforces network policies",
            remedy: "use ADVANCED_DATAPATH",
          },
        ];
  }
  if (!/^aws:eks\/addon:/.test(type) || props.addonName !== "vpc-cni") return undefined;
  const values = props.configurationValues;
  if (values === unknown) return [deferred(["configurationValues"])];
  const parsed = typeof values === "string" ? jsonOf(values) : undefined;
  return isTrue(at(parsed, "enableNetworkPolicy"))
    ? []
    : [
        {
          field: ["configurationValues"],
          message: "does not turn enableNetworkPolicy on, and so nothing enforces network policies",
          remedy: 'state { "enableNetworkPolicy": "true" }',
        },
      ];
}

/** What a cluster does that was there before is not to be seen. */
const existing = (namespaces: readonly Resource[], { environment: { cluster } }: Context): Observation[] =>
  cluster.kind !== "existing" || namespaces.length === 0
    ? []
    : [
        {
          kind: "unverified",
          field: ["cluster", "kind"],
          value: "existing",
          message: "and whether it enforces network policies cannot be seen from here",
          remedy: "make sure that its network plugin does",
        },
      ];
