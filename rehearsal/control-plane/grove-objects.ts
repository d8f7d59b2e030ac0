import { createHash } from "node:crypto";
import type { KubeObject } from "./client";

/** What Grove's operator makes of a PodCliqueSet, as far as grove.ts stands in for it; sources are named there. */

export const managedBy = { key: "app.kubernetes.io/managed-by", value: "grove-operator" } as const;

const label = (name: string) => `grove.io/${name}`;
const appLabel = (name: string) => `app.kubernetes.io/${name}`;

const managed = (set: KubeObject, component: string, name?: string) => ({
  [managedBy.key]: managedBy.value,
  [appLabel("part-of")]: set.metadata.name,
  [appLabel("component")]: component,
  ...(name === undefined ? {} : { [appLabel("name")]: name }),
});

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => [
  { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
];

const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

interface Group {
  readonly name: string;
  readonly cliqueNames: readonly string[];
  readonly replicas?: number;
  readonly minAvailable?: number;
}

const groupConfigs = ({ spec }: KubeObject): readonly Group[] => spec.template.podCliqueScalingGroups ?? [];
const replicaName = (set: KubeObject, replica: number) => `${set.metadata.name}-${replica}`;

/** One clique that a set comes to: of the set itself, or of one replica of one of its scaling groups. */
interface Expected {
  readonly name: string;
  readonly template: KubeObject;
  readonly replica: number;
  readonly gang: string;
  readonly group?: { readonly name: string; readonly index: number };
}

function expectedCliques(set: KubeObject): readonly Expected[] {
  const templates: readonly KubeObject[] = set.spec.template.cliques;
  const groups = groupConfigs(set);
  return indices(set.spec.replicas).flatMap((replica) => {
    const base = replicaName(set, replica);
    const own = templates
      .filter(({ name }) => !groups.some(({ cliqueNames }) => cliqueNames.includes(name)))
      .map((template) => ({ name: `${base}-${template.name}`, template, replica, gang: base }));
    const grouped = groups.flatMap(({ name, cliqueNames, replicas = 1, minAvailable = 1 }) => {
      const group = `${base}-${name}`;
      return indices(replicas).flatMap((index) =>
        templates
          .filter((template) => cliqueNames.includes(template.name))
          .map((template) => ({
            name: `${group}-${index}-${template.name}`,
            template,
            replica,
            // Replicas beyond the least are gangs of their own.
            gang: index < minAvailable ? base : `${group}-${index - minAvailable}`,
            group: { name: group, index },
          })),
      );
    });
    return [...own, ...grouped];
  });
}

/** The scaling groups of each of a set's replicas. */
export const groupsOf = (set: KubeObject): readonly KubeObject[] =>
  indices(set.spec.replicas).flatMap((replica) =>
    groupConfigs(set).map(({ name, cliqueNames, replicas = 1, minAvailable = 1 }): KubeObject => {
      const group = `${replicaName(set, replica)}-${name}`;
      return {
        apiVersion: "grove.io/v1alpha1",
        kind: "PodCliqueScalingGroup",
        metadata: {
          name: group,
          namespace: set.metadata.namespace,
          labels: {
            ...managed(set, "pcs-podcliquescalinggroup", group),
            [label("podcliqueset-replica-index")]: `${replica}`,
          },
          ownerReferences: ownedBy(set),
        },
        spec: { cliqueNames: [...cliqueNames], replicas, minAvailable },
      };
    }),
  );

/** All cliques. `groups` are the set's scaling groups as the API server has them, which own those of their replicas. */
export const cliquesOf = (set: KubeObject, groups: readonly KubeObject[]): readonly KubeObject[] =>
  expectedCliques(set).map(({ name, template, replica, gang, group }): KubeObject => {
    const base = replicaName(set, replica);
    const owner = group === undefined ? set : groups.find(({ metadata }) => metadata.name === group.name)!;
    const spec = { ...template.spec, minAvailable: template.spec.minAvailable ?? template.spec.replicas };
    return {
      apiVersion: "grove.io/v1alpha1",
      kind: "PodClique",
      metadata: {
        name,
        namespace: set.metadata.namespace,
        labels: {
          ...template.labels,
          ...managed(set, group === undefined ? "pcs-podclique" : "pcsg-podclique", name),
          [label("podcliqueset-replica-index")]: `${replica}`,
          [label("podgang")]: gang,
          [label("pod-template-hash")]: hashOf(set, template),
          ...(group && {
            [label("podcliquescalinggroup")]: group.name,
            [label("podcliquescalinggroup-replica-index")]: `${group.index}`,
          }),
          ...(gang === base ? {} : { [label("base-podgang")]: base }),
        },
        ...(template.annotations && { annotations: template.annotations }),
        ownerReferences: ownedBy(owner),
      },
      spec: group === undefined ? spec : { ...spec, podSpec: withEnv(spec.podSpec, groupEnv(set, group.name)) },
    };
  });

const hashOf = ({ spec }: KubeObject, { spec: { podSpec }, labels, annotations }: KubeObject) =>
  createHash("sha256")
    .update(JSON.stringify([podSpec, labels, annotations, spec.template.priorityClassName]))
    .digest("hex")
    .slice(0, 10);

const podName = (clique: string, index: number) => `${clique}-${index}`;

/** What is to be placed together: the pods of each clique, and how many of them at least. */
export function gangsOf(set: KubeObject): readonly KubeObject[] {
  const { namespace, labels, annotations } = set.metadata;
  const expected = expectedCliques(set);
  const gangs = [...new Set(expected.map(({ gang }) => gang))];
  const scheduler = set.spec.template.cliques[0].spec.podSpec.schedulerName;
  return gangs.map(
    (name): KubeObject => ({
      apiVersion: "scheduler.grove.io/v1alpha1",
      kind: "PodGang",
      metadata: {
        name,
        namespace,
        labels: { ...labels, ...managed(set, "podgang"), ...(scheduler && { [label("scheduler-name")]: scheduler }) },
        ...(annotations && { annotations }),
        ownerReferences: ownedBy(set),
      },
      spec: {
        podgroups: expected
          .filter(({ gang }) => gang === name)
          .map(({ name: clique, template: { spec } }) => ({
            name: clique,
            minReplicas: spec.minAvailable ?? spec.replicas,
            podReferences: indices(spec.replicas).map((index) => ({ namespace, name: podName(clique, index) })),
          })),
        ...(set.spec.template.priorityClassName && { priorityClassName: set.spec.template.priorityClassName }),
      },
    }),
  );
}

/** The pods of a clique, which is as the API server has it. */
export const podsOf = (clique: KubeObject, set: KubeObject): readonly KubeObject[] => {
  const { name, namespace, labels, annotations } = clique.metadata;
  const replica = labels[label("podcliqueset-replica-index")];
  const service = `${set.metadata.name}-${replica}`;
  const env = [
    { name: "GROVE_PCS_NAME", value: set.metadata.name },
    { name: "GROVE_PCS_INDEX", value: replica },
    { name: "GROVE_PCLQ_NAME", value: name },
    { name: "GROVE_HEADLESS_SERVICE", value: `${service}.${namespace}.svc.cluster.local` },
    fromLabel("GROVE_PCLQ_POD_INDEX", "podclique-pod-index"),
  ];
  return indices(clique.spec.replicas).map(
    (index): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: podName(name, index),
        namespace,
        labels: { ...labels, [label("podclique")]: name, [label("podclique-pod-index")]: `${index}` },
        ...(annotations && { annotations }),
        ownerReferences: ownedBy(clique),
      },
      spec: { ...withEnv(clique.spec.podSpec, env), hostname: podName(name, index), subdomain: service },
    }),
  );
};

/** The headless Services under which pods of one replica of a set know each other. */
export const servicesOf = (set: KubeObject): readonly KubeObject[] =>
  indices(set.spec.replicas).map((replica): KubeObject => {
    const name = replicaName(set, replica);
    const index = { [label("podcliqueset-replica-index")]: `${replica}` };
    return {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace: set.metadata.namespace,
        labels: { ...managed(set, "pcs-headless-service", name), ...index },
        ownerReferences: ownedBy(set),
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: set.spec.template.headlessServiceConfig?.publishNotReadyAddresses ?? false,
        selector: { [managedBy.key]: managedBy.value, [appLabel("part-of")]: set.metadata.name, ...index },
      },
    };
  });

const fromLabel = (name: string, key: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${label(key)}']` } },
});

function groupEnv(set: KubeObject, group: string): readonly object[] {
  const config = groupConfigs(set).find(({ name }) => group.endsWith(`-${name}`));
  const pods = set.spec.template.cliques
    .filter(({ name }: KubeObject) => config?.cliqueNames.includes(name))
    .reduce((sum: number, { spec }: KubeObject) => sum + spec.replicas, 0);
  return [
    fromLabel("GROVE_PCSG_NAME", "podcliquescalinggroup"),
    { name: "GROVE_PCSG_TEMPLATE_NUM_PODS", value: `${pods}` },
    fromLabel("GROVE_PCSG_INDEX", "podcliquescalinggroup-replica-index"),
  ];
}

const withEnv = (podSpec: KubeObject, env: readonly object[]) => {
  const add = (containers: readonly { env?: readonly object[] }[]) =>
    containers.map((container) => ({ ...container, env: [...(container.env ?? []), ...env] }));
  return {
    ...podSpec,
    containers: add(podSpec.containers),
    ...(podSpec.initContainers && { initContainers: add(podSpec.initContainers) }),
  };
};
