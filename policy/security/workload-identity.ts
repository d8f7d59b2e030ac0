import { frameworks } from "../frameworks";
import { statesChart } from "../installed";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Properties,
  type Resource,
  type StackRule,
  unknown,
  type Value,
} from "../rule";
import { at, groupOf, kindOf, listOf, namespaceOf, objectName, type Pod, podsOf } from "./objects";
import { isUpstream } from "./upstream";

/**
 * Everything that answers requests, or acts for somebody, has a SPIFFE identity: a ClusterSPIFFEID selects its pods. That
 * goes for whatever a route of the gateway leads to, for endpoint pickers, and for agents and MCP servers by their label.
 */
export const workloadIdentity: StackRule = {
  id: "security-workload-identity",
  title: "Every endpoint has a workload identity",
  concern: "security",
  severity: "high",
  frameworks: frameworks["security-workload-identity"],
  remedy: "label its pods as components/labels.ts says, or add a ClusterSPIFFEID to components/identity/identity.ts",
  applies: (resource) =>
    isIdentity(resource) ||
    isSpire(resource) ||
    isRoute(resource) ||
    podsOf(resource).pods.some((pod) => needsIdentity(pod, resource)),
  checkStack(resources, context) {
    const identities = resources.filter(isIdentity);
    const ofStack = context.environment.team === undefined ? selectorsOf(identities) : ofPlatform;
    const labels = namespaceLabels(resources);
    const hidden = identities.some(({ props }) =>
      [at(props, "spec"), at(props, "spec", "podSelector"), at(props, "spec", "namespaceSelector")].includes(unknown),
    );
    const covered = (namespace: Value, pod: Properties): boolean =>
      ofStack.some(
        ({ pods, namespaces }) =>
          selects(pods, pod) &&
          (context.environment.team !== undefined || selects(namespaces, labels.get(String(namespace)) ?? {})),
      );
    return [
      ...identities.flatMap((resource) => ofIdentity(resource, context).map((seen) => ({ ...seen, resource }))),
      ...resources.flatMap((resource) => {
        if (isUpstream(resource, context)) return [];
        const found = isRoute(resource) ? ofRoute(resource, resources, covered) : ofPods(resource, covered);
        return found.map((seen) => ({
          ...(hidden && seen.kind === undefined ? deferred(seen.field) : seen),
          resource,
        }));
      }),
      ...trust(resources, context),
    ];
  },
};

/** What installs SPIRE: a release that the cluster brings itself is installed by nobody here. */
const isSpire = (resource: Resource) =>
  resource.name === "spire" && statesChart(resource) && resource.props.chart !== undefined;
const isIdentity = (resource: Resource) =>
  kindOf(resource) === "ClusterSPIFFEID" && groupOf(resource) === "spire.spiffe.io";
const isRoute = (resource: Resource) =>
  /^(HTTP|GRPC|TLS|TCP)Route$/.test(kindOf(resource)) && groupOf(resource) === "gateway.networking.k8s.io";

interface Selectors {
  readonly pods: Value;
  readonly namespaces: Value;
}

const selectorsOf = (identities: readonly Resource[]): readonly Selectors[] =>
  identities.map(({ props }) => ({
    pods: at(props, "spec", "podSelector"),
    namespaces: at(props, "spec", "namespaceSelector"),
  }));

/** Labels as components/labels.ts has them. */
const serving = { "llm-d.ai/inference-serving": "true" };
const component = "app.kubernetes.io/component";

/** What the platform's own stack selects: a team's stack makes no identities, and relies on those. */
const ofPlatform: readonly Selectors[] = [
  { pods: { matchLabels: serving }, namespaces: {} },
  { pods: { matchLabels: { [component]: "endpoint-picker" } }, namespaces: {} },
];

/** Components that act for somebody, or answer. */
const actors = new Set(["endpoint-picker", "agent", "mcp-server"]);

/** Graphs whose operator makes pods, Services among them, and gives all of them the graph's own labels. */
const isGraph = (resource: Resource) => kindOf(resource) === "DynamoGraphDeployment";

/** Labels that the pods of a template will bear. */
function labelsOf({ metadata }: Pod, resource: Resource): Properties {
  const graph = isGraph(resource) ? at(resource.props, "spec", "labels") : undefined;
  return { ...(isObject(graph) ? graph : {}), ...(isObject(metadata.labels) ? metadata.labels : {}) };
}

const needsIdentity = (pod: Pod, resource: Resource): boolean => {
  const labels = labelsOf(pod, resource);
  return isGraph(resource) || labels["llm-d.ai/inference-serving"] === "true" || actors.has(String(labels[component]));
};

/** Whether a selector selects all that has these labels. None at all selects everything. */
function selects(selector: Value, labels: Properties): boolean {
  const words = at(selector, "matchLabels");
  const expressions = listOf(at(selector, "matchExpressions"));
  return (
    selector !== unknown &&
    Object.entries(isObject(words) ? words : {}).every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) => {
      const key = at(expression, "key");
      const values = listOf(at(expression, "values"));
      const value = typeof key === "string" ? labels[key] : undefined;
      switch (at(expression, "operator")) {
        case "Exists":
          return value !== undefined;
        case "In":
          return values.includes(value);
        case "DoesNotExist":
          return value === undefined;
        case "NotIn":
          return !values.includes(value);
        default:
          return false;
      }
    })
  );
}

/** Labels of the namespaces that the stack makes, with what the API server adds. */
function namespaceLabels(resources: readonly Resource[]): ReadonlyMap<string, Properties> {
  return new Map(
    resources
      .filter((resource) => kindOf(resource) === "Namespace" && groupOf(resource) === "")
      .map((resource) => {
        const labels = at(resource.props, "metadata", "labels");
        const name = objectName(resource);
        return [name, { ...(isObject(labels) ? labels : {}), "kubernetes.io/metadata.name": name }];
      }),
  );
}

type Covered = (namespace: Value, labels: Properties) => boolean;

const without = (field: Path, what: string): Observation => ({
  field,
  message: `${what}, which no ClusterSPIFFEID selects: they have no identity`,
});

function ofPods(resource: Resource, covered: Covered): Observation[] {
  const namespace = namespaceOf(resource);
  return podsOf(resource).pods.flatMap((pod): Observation[] => {
    const field = pod.field.at(-1) === "spec" ? [...pod.field.slice(0, -1), "metadata", "labels"] : pod.field;
    if (pod.metadata.labels === unknown) return [deferred(field)];
    if (!needsIdentity(pod, resource)) return [];
    if (namespace === unknown) return [deferred(["metadata", "namespace"])];
    return covered(namespace, labelsOf(pod, resource))
      ? []
      : [without(field, "are of pods that answer requests, or act")];
  });
}

/** What a route leads to: by each backend's selector, which its pods bear. */
function ofRoute(route: Resource, resources: readonly Resource[], covered: Covered): Observation[] {
  return listOf(at(route.props, "spec", "rules")).flatMap((rule, ruleIndex) =>
    listOf(at(rule, "backendRefs")).flatMap((backend, index): Observation[] => {
      const name = at(backend, "name");
      const field = ["spec", "rules", ruleIndex, "backendRefs", index, "name"];
      if (backend === unknown || name === unknown) return [deferred(field)];
      const kind = at(backend, "kind") ?? "Service";
      const namespace = at(backend, "namespace") ?? namespaceOf(route);
      const target = resources.find(
        (one) => kindOf(one) === kind && objectName(one) === name && namespaceOf(one) === namespace,
      );
      if (target === undefined) {
        // Whose operator makes its Service, and whose pods are judged where they stand.
        const graph = (one: Resource) =>
          isGraph(one) && namespaceOf(one) === namespace && name === `${objectName(one)}-frontend`;
        if (resources.some(graph)) return [];
        return [
          {
            kind: "unverified",
            field,
            value: String(name),
            message: `and no ${String(kind)} of that name is in the stack, so that nobody can say who answers`,
            remedy: "route to what the stack itself makes",
          },
        ];
      }
      const selector = at(target.props, "spec", "selector");
      const labels = kind === "InferencePool" ? at(selector, "matchLabels") : selector;
      if (selector === unknown || labels === unknown) return [deferred(field)];
      return covered(namespace, isObject(labels) ? labels : {})
        ? []
        : [without(field, `leads to pods selected by ${JSON.stringify(labels ?? {})}`)];
    }),
  );
}

/** Longest that an identity may hold without being given anew. */
const longestTtlHours = 24;

function ofIdentity({ props }: Resource, { environment }: Context): Observation[] {
  const template = at(props, "spec", "spiffeIDTemplate");
  const ttl = at(props, "spec", "ttl");
  const domains = listOf(at(props, "spec", "federatesWith"));
  const own = environment.identity.trustDomain;
  const field = ["spec", "spiffeIDTemplate"];
  const starts =
    typeof template === "string" && /^spiffe:\/\/(\{\{\s*\.TrustDomain\s*\}\}|[^/{]+)\//.exec(template)?.[1];
  const hours = typeof ttl === "string" ? hoursOf(ttl) : undefined;
  return [
    ...(template === unknown ? [deferred(field)] : []),
    ...(template === unknown || (starts && (starts.startsWith("{{") || starts === own))
      ? []
      : [
          {
            field,
            ...(typeof template === "string" ? { value: template } : {}),
            message: `which is no identity of trust domain ${own}`,
          },
        ]),
    // By the account in its namespace alone: what a pod may choose for itself makes it whom it likes.
    ...(typeof template === "string" &&
    /\.PodMeta\.(Labels|Annotations|Name\b)|\.PodSpec\.NodeName/.test(template.replaceAll(/\s|\(|index/g, ""))
      ? [
          {
            field,
            value: template,
            message: "which a pod may choose for itself; a workload is who its service account is",
          },
        ]
      : []),
    ...(ttl === unknown ? [deferred(["spec", "ttl"])] : []),
    ...(ttl !== unknown && ttl !== undefined && ttl !== null && (hours === undefined || hours > longestTtlHours)
      ? [
          {
            field: ["spec", "ttl"],
            value: String(ttl),
            message: `which is longer than ${longestTtlHours} hours, or no duration`,
          },
        ]
      : []),
    ...domains.map((domain, index) => ({
      field: ["spec", "federatesWith", index],
      ...(typeof domain === "string" ? { value: domain } : {}),
      message: "whose identities it would take as well; the environment states no other trust domain",
    })),
  ];
}

/** Hours of a duration as Go writes it. */
function hoursOf(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|m|s))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit!]!,
    0,
  );
}

/** SPIRE's own chart is given the environment's trust domain. */
function trust(resources: readonly Resource[], { environment }: Context): (Observation & { resource: Resource })[] {
  return resources.filter(isSpire).flatMap((resource): (Observation & { resource: Resource })[] => {
    const field = ["values", "global", "spire", "trustDomain"];
    const domain = at(resource.props, ...field);
    if (domain === unknown) return [{ ...deferred(field), resource }];
    return domain === environment.identity.trustDomain
      ? []
      : [
          {
            field,
            ...(typeof domain === "string" ? { value: domain } : {}),
            message: `and the environment states ${environment.identity.trustDomain}`,
            resource,
          },
        ];
  });
}
