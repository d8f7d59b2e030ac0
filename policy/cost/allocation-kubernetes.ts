import { allocationLabels, allocationOf, allocationTags } from "../../components/allocation";
import { modelLabel, tenantLabel, tenantScope } from "../../components/labels";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  unknown,
  type Value,
} from "../rule";
import { missing } from "./carried";
import { modelsOf, runningServers } from "./servers";
import { at, type KubernetesObject, nameOf, objectsIn, textOf } from "./values";

/** What a namespace, model servers, and what makes machines and volumes from inside the cluster, are told apart by. */
export const judgeKubernetes = (resource: Resource, context: Context): readonly Observation[] => [
  ...objectsIn(resource).flatMap((object) => [
    ...ofNamespace(object, context),
    ...ofNodeClass(object, context),
    ...ofStorageClass(object, context),
  ]),
  ...ofServers(resource, context),
];

/** Kinds that carry something, or run what does. */
export const isAllocated = (resource: Resource, context: Context): boolean =>
  objectsIn(resource).some(
    (object) =>
      (object.kind === "Namespace" && tenantOf(object, context) !== undefined) ||
      object.kind === "EC2NodeClass" ||
      drivers[String(at(object.object, "provisioner"))] !== undefined,
  ) || runningServers([resource], context).length > 0;

const tenantOf = (object: KubernetesObject, { environment }: Context): string | undefined =>
  environment.tenants.find(({ name }) => tenantScope(name) === nameOf(object))?.name;

function ofNamespace(object: KubernetesObject, context: Context): readonly Observation[] {
  const tenant = object.kind === "Namespace" ? tenantOf(object, context) : undefined;
  if (tenant === undefined) return [];
  const field = ["metadata", "labels"];
  return missing([...object.at, ...field], at(object.object, ...field), {}, { [tenantLabel]: tenant }, "labels");
}

/** Karpenter tags machines as its node class says; no provider's tags reach them. */
function ofNodeClass(object: KubernetesObject, { environment }: Context): readonly Observation[] {
  if (object.kind !== "EC2NodeClass") return [];
  const field = ["spec", "tags"];
  const required = allocationTags(allocationOf(environment));
  return missing([...object.at, ...field], at(object.object, ...field), {}, required, "tags");
}

type Allocation = Readonly<Record<string, string>>;

/** Drivers of volumes that bill, and how their classes state tags or labels. */
const drivers: Readonly<
  Record<string, { readonly required: (context: Context) => Allocation; readonly stated: (parameters: Value) => Value }>
> = {
  "ebs.csi.aws.com": {
    required: ({ environment }) => allocationTags(allocationOf(environment)),
    // Source: kubernetes-sigs/aws-ebs-csi-driver docs/tagging.md, 2026-11.
    stated: (parameters) =>
      pairs(
        Object.entries(isObject(parameters) ? parameters : {})
          .filter(([key]) => key.startsWith("tagSpecification"))
          .map(([, value]) => value),
      ),
  },
  "pd.csi.storage.gke.io": {
    required: ({ environment }) => allocationLabels(allocationOf(environment)),
    // Source: kubernetes-sigs/gcp-compute-persistent-disk-csi-driver README, 2026-11.
    stated: (parameters) => {
      const labels = at(parameters, "labels");
      return labels === unknown ? unknown : pairs((textOf(labels) ?? "").split(","));
    },
  },
};

/** Texts such as `key=value` as a map. */
function pairs(texts: readonly Value[]): Value {
  if (texts.includes(unknown)) return unknown;
  return Object.fromEntries(
    texts.flatMap((text) => {
      const match = /^\s*([^=]+)=(.*)$/.exec(textOf(text) ?? "");
      return match === null ? [] : [[match[1]!, match[2]!.trim()] as const];
    }),
  );
}

function ofStorageClass(object: KubernetesObject, context: Context): readonly Observation[] {
  const driver = object.kind === "StorageClass" ? drivers[String(at(object.object, "provisioner"))] : undefined;
  if (driver === undefined) return [];
  const field = [...object.at, "parameters"];
  const parameters = at(object.object, "parameters");
  if (parameters === unknown) return [deferred(field)];
  return missing(field, driver.stated(parameters), {}, driver.required(context), "tags or labels of volumes:");
}

/** Pods with GPUs in a tenant's namespace say which of its models they serve. */
function ofServers(resource: Resource, context: Context): readonly Observation[] {
  const namespace = at(resource.props, "metadata", "namespace");
  // Whose they are, the namespace says.
  if (namespace === unknown && runningServers([resource], context).length > 0) {
    return [deferred(["metadata", "namespace"])];
  }
  return runningServers([resource], context).flatMap(({ tenant, model, pods, resource: { type } }) => {
    const models = modelsOf(context.environment).filter((of) => of.tenant === tenant);
    const field: Path = ["metadata", "labels", modelLabel];
    // A graph hands its labels on to its pods by itself.
    const labels = type.endsWith(":DynamoGraphDeployment")
      ? [model]
      : pods.map((pod) => at(pod, "metadata", "labels", modelLabel));
    if (labels.includes(unknown)) return [deferred(field)];
    const wrong = labels.find((label) => !models.some(({ name }) => name === label));
    if (!labels.some((label) => !models.some(({ name }) => name === label))) return [];
    return wrong === undefined
      ? [{ field, message: "is not on the pods, so that nobody can tell for which model their GPUs are" }]
      : [{ field, value: String(wrong), message: `which is no model of tenant ${tenant}` }];
  });
}
