import { isObject, type Path, type Resource, unknown, walk } from "../rule";
import { nodeDisks } from "./aws-costs";
import {
  Bill,
  type CostContext,
  countedByPool,
  free,
  known,
  NotKnown,
  poolNamed,
  type ResourceCost,
  regionOf,
  text,
  Unpriced,
} from "./resource-cost";
import { at, type KubernetesObject, objectsIn, quantityOf, textOf } from "./values";

/** What Kubernetes objects make a cloud bill for. By themselves they cost nothing: what they run on is a node's. */

const gib = 2 ** 30;

/** Operators whose objects are resources of a cloud. What those cost is not known here. */
const cloudOperators =
  /(^|\.)(cnrm\.cloud\.google\.com|services\.k8s\.aws|crossplane\.io|upbound\.io|azure\.com|cluster\.x-k8s\.io)$/;

/** Classes of the platform's own and of the clouds, by what their volumes are. */
const storageClasses = {
  eks: { gp3: "ebs-gp3" },
  gke: { encrypted: "pd-balanced", "standard-rwo": "pd-balanced", standard: "pd-standard", "premium-rwo": "pd-ssd" },
} as const;
const defaultClass = { eks: "ebs-gp3", gke: "pd-balanced" } as const;

const billOf = (resource: Resource, context: CostContext, cloud: "eks" | "gke") =>
  new Bill(cloud === "eks" ? "aws" : "gcp", regionOf(resource, context), context);

/** What a volume costs that a claim asks for, `count` of it. */
function volume(to: Bill, cloud: "eks" | "gke", resource: Resource, spec: Path, count: number): void {
  const size = quantityOf(known(resource, ...spec, "resources", "requests", "storage"));
  const name = text(resource, ...spec, "storageClassName");
  const classes: Readonly<Record<string, "ebs-gp3" | "pd-balanced" | "pd-standard" | "pd-ssd">> = storageClasses[cloud];
  const sku = name === undefined ? defaultClass[cloud] : classes[name];
  if (sku === undefined) throw new Unpriced(`what volumes of the storage class ${name} cost is not in the catalog`);
  if (size === undefined) throw new Unpriced("the size of its volume is not stated");
  to.add(sku, (size / gib) * count, `${count} x ${size / gib} GiB`);
}

/** Adds a load balancer, with its public addresses where it faces the internet. */
function loadBalancer(to: Bill, context: CostContext, internal: boolean): void {
  const { cluster } = context.environment;
  if (cluster.kind === "eks") {
    // EKS's own controller makes a classic one, whose price was not found; an application or network one is near it.
    to.add("load-balancer", 1, "load balancer, at the price of an application or network load balancer");
    const zones = cluster.network.zones.length;
    if (!internal && cluster.network.egress !== "none")
      to.add("public-ipv4", zones, `${zones} public IPv4 addresses of it`);
  } else {
    to.add("forwarding-rule", 1, "forwarding rule of a load balancer");
  }
}

const isInternal = ({ object }: KubernetesObject): boolean => {
  const annotations = at(object, "metadata", "annotations");
  const entries = isObject(annotations) ? Object.entries(annotations) : [];
  return entries.some(
    ([key, value]) =>
      (/load-balancer-(scheme|type)$/.test(key) && String(value).toLowerCase() === "internal") ||
      (/load-balancer-internal$/.test(key) && String(value) !== "false"),
  );
};

/** Copies of a workload's pods, each of which has volumes of its own. */
function copies(resource: Resource, root: Path): number {
  const replicas = known(resource, ...root, "spec", "replicas");
  return typeof replicas === "number" ? replicas : 1;
}

/** Whether an object asks for something that a cloud bills, or may, as long as it is not known. */
function claimsOf(resource: Resource, root: Path): readonly { readonly spec: Path; readonly count: number }[] {
  const claims: { spec: Path; count: number }[] = [];
  walk(
    at(resource.props, ...root),
    (value, path) => {
      const name = path.at(-1);
      if (name === "volumeClaimTemplates" && value === unknown) throw new NotKnown(path);
      if (name === "volumeClaimTemplates" && Array.isArray(value)) {
        for (const index of value.keys())
          claims.push({ spec: [...path, index, "spec"], count: copies(resource, root) });
      } else if (name === "volumeClaimTemplate") {
        claims.push({ spec: [...path, "spec"], count: copies(resource, root) });
      }
    },
    root,
  );
  return claims;
}

/** Machines that an object lets somebody make are a pool's, or nobody has priced them. */
function machinePool(seen: KubernetesObject, context: CostContext): ResourceCost {
  const { resource, object } = seen;
  const pool = poolNamed(textOf(at(object, "metadata", "name")) ?? resource.name, context);
  const nodes = quantityOf(known(resource, ...seen.at, "spec", "limits", "nodes"));
  if (pool?.nodes === "karpenter" && nodes !== undefined && nodes <= pool.max) return countedByPool(pool);
  throw new Unpriced("it makes machines, and the environment has no Karpenter pool of that name and that many nodes");
}

function costOf(seen: KubernetesObject, context: CostContext): ResourceCost | undefined {
  const { group, kind, resource, at: root } = seen;
  const { kind: cloud } = context.environment.cluster;
  if (cloudOperators.test(group)) throw new Unpriced(`it makes a resource of a cloud, by an operator (${group})`);
  if (cloud === "existing") return undefined;
  if (group === "karpenter.sh" && kind === "NodePool") return machinePool(seen, context);
  if (group === "karpenter.k8s.aws" && kind === "EC2NodeClass") {
    const name = textOf(at(seen.object, "metadata", "name")) ?? resource.name;
    return nodeDisks(resource, [...root, "spec", "blockDeviceMappings"], name, context);
  }
  if (group === "cloud.google.com" && kind === "ComputeClass") {
    throw new Unpriced("it makes machines, and the environment has no pool that is priced by it");
  }
  const to = billOf(resource, context, cloud);
  let billed = false;
  const balanced =
    (group === "core" && kind === "Service" && text(resource, ...root, "spec", "type") === "LoadBalancer") ||
    (group === "gateway.networking.k8s.io" && kind === "Gateway") ||
    (group === "networking.k8s.io" && kind === "Ingress");
  if (balanced) {
    loadBalancer(to, context, isInternal(seen));
    billed = true;
  }
  if (group === "core" && kind === "PersistentVolumeClaim") {
    volume(to, cloud, resource, [...root, "spec"], 1);
    billed = true;
  }
  for (const { spec, count } of claimsOf(resource, root)) {
    volume(to, cloud, resource, spec, count);
    billed = true;
  }
  return billed ? to.total() : undefined;
}

/** What a Kubernetes resource costs; undefined where it is of the kinds that cost nothing by themselves. */
export function kubernetesCost(resource: Resource, context: CostContext): ResourceCost | undefined {
  // The schema of a kind that has volumes asks for none.
  if (resource.type.endsWith(":CustomResourceDefinition")) return undefined;
  const costs = objectsIn(resource).flatMap((seen) => costOf(seen, context) ?? []);
  const [first] = costs;
  if (first === undefined || costs.length === 1) return first;
  const items = costs.flatMap((cost) => (cost.kind === "priced" ? cost.items : []));
  return { kind: "priced", usd: items.reduce((sum, { usd }) => sum + usd, 0), items };
}

export const kubernetesObject = free("a Kubernetes object costs nothing by itself: what it runs on is a node's");
