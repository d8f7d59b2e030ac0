import type { KubeObject } from "./client";

/** What Dynamo's operator makes of a graph, as far as dynamo.ts stands in for it; sources are named there. */

const label = (name: string) => `nvidia.com/${name}`;
const managedBy = { "app.kubernetes.io/managed-by": "dynamo-operator" } as const;

/** All that is made of a graph, each with its collection, in order. */
export function graphObjects(graph: KubeObject): readonly (readonly [string, KubeObject])[] {
  return [
    ...discoveryOf(graph).map((object) => [collectionOf(object), object] as const),
    ...graph.spec.components.map((component: KubeObject) => ["/api/v1/services", serviceOf(graph, component)] as const),
    ["/apis/grove.io/v1alpha1/podcliquesets", podCliqueSetOf(graph)],
  ];
}

const collectionOf = ({ kind }: KubeObject) =>
  kind === "ServiceAccount" ? "/api/v1/serviceaccounts" : `/apis/rbac.authorization.k8s.io/v1/${kind.toLowerCase()}s`;

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => [
  { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
];

/** One clique of a component: which pods, how many, and how many of them a gang is not to be without. */
interface Role {
  readonly name: string;
  readonly replicas: number;
  readonly minAvailable: number;
}

function rolesOf(component: KubeObject): readonly Role[] {
  const nodes = component.multinode?.nodeCount ?? 1;
  const name = component.name.toLowerCase();
  return nodes > 1
    ? [
        { name: `${name}-ldr`, replicas: 1, minAvailable: 1 },
        { name: `${name}-wkr`, replicas: nodes - 1, minAvailable: nodes - 1 },
      ]
    : [{ name, replicas: component.replicas ?? 1, minAvailable: 1 }];
}

/** Whether a component is a scaling group of a leader and workers. */
export const isGroup = (component: KubeObject) => rolesOf(component).length > 1;

/** The name of a graph's PodCliqueSet: cut short, with a hash, where Grove's names of pods would get too long. */
export function podCliqueSetName({ metadata, spec }: KubeObject): string {
  const { name } = metadata;
  const longest = Math.max(
    ...spec.components.map((component: KubeObject) => {
      const roles = Math.max(...rolesOf(component).map((role) => role.name.length));
      return isGroup(component) ? component.name.length + roles : roles;
    }),
  );
  const budget = Math.max(8, 45 - longest);
  return name.length <= budget ? name : `${name.slice(0, budget - 5)}-${shortHash(name)}`;
}

/** The lower half of FNV-1a, as Go's hash/fnv has it. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash & 0xffff).toString(16).padStart(4, "0");
}

export function podCliqueSetOf(graph: KubeObject): KubeObject {
  const { metadata, spec } = graph;
  const components: readonly KubeObject[] = spec.components;
  return {
    apiVersion: "grove.io/v1alpha1",
    kind: "PodCliqueSet",
    metadata: {
      name: podCliqueSetName(graph),
      namespace: metadata.namespace,
      labels: { ...spec.labels, [label("dynamo-graph-deployment-name")]: metadata.name },
      ...(spec.annotations && { annotations: spec.annotations }),
      ownerReferences: ownedBy(graph),
    },
    spec: {
      replicas: 1,
      template: {
        headlessServiceConfig: { publishNotReadyAddresses: true },
        cliqueStartupType: "CliqueStartupTypeAnyOrder",
        terminationDelay: "4h",
        ...(spec.priorityClassName && { priorityClassName: spec.priorityClassName }),
        cliques: components.flatMap((component) =>
          rolesOf(component).map(({ name, replicas, minAvailable }) => ({
            name,
            labels: labelsOf(graph, component),
            annotations: {
              ...spec.annotations,
              ...component.podTemplate?.metadata?.annotations,
              [label("dynamo-discovery-backend")]: "kubernetes",
            },
            spec: { roleName: name, replicas, minAvailable, podSpec: podSpecOf(graph, component) },
          })),
        ),
        ...(components.some(isGroup) && {
          podCliqueScalingGroups: components.filter(isGroup).map((component) => ({
            name: component.name.toLowerCase(),
            cliqueNames: rolesOf(component).map(({ name }) => name),
            replicas: component.replicas ?? 1,
            minAvailable: 1,
          })),
        }),
      },
    },
  };
}

const namespaceOf = ({ metadata }: KubeObject) => `${metadata.namespace}-${metadata.name}`;

/** What finds the pods of one component. */
const selectorOf = (graph: KubeObject, { name, type }: KubeObject) => ({
  [label("dynamo-component-type")]: type,
  [label("dynamo-namespace")]: namespaceOf(graph),
  [label("dynamo-component")]: name,
});

const discoveryLabels = {
  [label("dynamo-discovery-backend")]: "kubernetes",
  [label("dynamo-discovery-enabled")]: "true",
};

const labelsOf = (graph: KubeObject, component: KubeObject) => ({
  [label("metrics-enabled")]: "true",
  ...graph.spec.labels,
  ...component.podTemplate?.metadata?.labels,
  ...selectorOf(graph, component),
  ...discoveryLabels,
  [label("selector")]: `${graph.metadata.name}-${component.name.toLowerCase()}`,
  [label("dynamo-graph-deployment-name")]: graph.metadata.name,
});

function serviceOf(graph: KubeObject, component: KubeObject): KubeObject {
  const { name, namespace } = graph.metadata;
  const port = component.type === "frontend" ? { name: "http", port: 8000 } : { name: "system", port: 9090 };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: `${name}-${component.name.toLowerCase()}`,
      namespace,
      labels: { ...graph.spec.labels, ...selectorOf(graph, component), ...discoveryLabels },
      ownerReferences: ownedBy(graph),
    },
    spec: { selector: selectorOf(graph, component), ports: [{ ...port, targetPort: port.name, protocol: "TCP" }] },
  };
}

function podSpecOf(graph: KubeObject, component: KubeObject): object {
  const { containers, volumes, ...pod } = component.podTemplate.spec;
  const [main, others] = [0, 1].map((which) =>
    containers.filter(({ name }: { name: string }) => (name === "main") === (which === 0)),
  );
  const isFrontend = component.type === "frontend";
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const env = [
    { name: "DYN_NAMESPACE", value: namespaceOf(graph) },
    { name: "DYN_COMPONENT", value: component.type },
    { name: "DYN_PARENT_DGD_K8S_NAME", value: graph.metadata.name },
    { name: "DYN_PARENT_DGD_K8S_NAMESPACE", value: graph.metadata.namespace },
    field("POD_NAME", "metadata.name"),
    field("POD_NAMESPACE", "metadata.namespace"),
    field("POD_UID", "metadata.uid"),
    { name: "DYN_DISCOVERY_BACKEND", value: "kubernetes" },
    ...(isFrontend ? [{ name: "DYN_HTTP_PORT", value: "8000" }] : [{ name: "DYN_SYSTEM_PORT", value: "9090" }]),
    ...(graph.spec.env ?? []),
    ...(main![0].env ?? []),
  ];
  const shared = component.sharedMemorySize ?? "8Gi";
  const memory = { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: shared } };
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 60,
    serviceAccountName: discoveryName(graph),
    ...pod,
    containers: [
      {
        ...(isFrontend ? { command: ["python3"], args: ["-m", "dynamo.frontend"] } : {}),
        ports: isFrontend
          ? [{ name: "http", containerPort: 8000, protocol: "TCP" }]
          : [
              { name: "system", containerPort: 9090, protocol: "TCP" },
              { name: "nixl", containerPort: 19090, protocol: "TCP" },
            ],
        ...main![0],
        // Whoever states a name last has it.
        env: [...new Map(env.map((entry) => [entry.name, entry])).values()],
        volumeMounts: [
          ...(main![0].volumeMounts ?? []),
          ...(shared === "0" ? [] : [{ name: memory.name, mountPath: "/dev/shm" }]),
        ],
      },
      ...others!,
    ],
    volumes: [...(volumes ?? []), ...(shared === "0" ? [] : [memory])],
  };
}

const discoveryName = ({ metadata }: KubeObject) => `${metadata.name}-k8s-service-discovery`;

/** What pods of a graph find each other with. */
function discoveryOf(graph: KubeObject): readonly KubeObject[] {
  const { namespace } = graph.metadata;
  const name = discoveryName(graph);
  const rbac = "rbac.authorization.k8s.io";
  const metadata = (suffix: string) => ({
    name: `${name}${suffix}`,
    namespace,
    labels: managedBy,
    ownerReferences: ownedBy(graph),
  });
  const reading = ["get", "list", "watch"];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("") },
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: metadata("-role"),
      rules: [
        { apiGroups: [""], resources: ["endpoints", "pods"], verbs: reading },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: reading },
        {
          apiGroups: ["nvidia.com"],
          resources: ["dynamoworkermetadatas"],
          verbs: ["create", ...reading, "update", "patch", "delete"],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: metadata("-binding"),
      roleRef: { apiGroup: rbac, kind: "Role", name: `${name}-role` },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}
