import { tenantScope } from "../../components/labels";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  unknown,
  type Value,
  walk,
} from "../rule";
import { shown } from "./fields";

/**
 * Kata's runtime classes. Each runs a pod in a virtual machine of its own; those named for SEV-SNP and TDX (and IBM's
 * Secure Execution) encrypt its memory, and `-coco-dev` only seems to. Source: NVIDIA's GPU Operator
 * guides to Kata and to Confidential Containers, 2026-11. The names for Secure Execution and `-coco-dev` were not read in
 * a source: unverified.
 */
export const inMachine = /^kata(-|$)/;
export const encrypted = /^kata-(qemu|cc|clh)?-?[a-z0-9-]*(snp|tdx|se)(-[a-z0-9]+)*$/;

const runtimeClass = /^kubernetes:node\.k8s\.io\/[^:]+:RuntimeClass$/;
const containers = new Set(["containers", "initContainers"]);
const carriers = /^(spec|template)$/;

export function isolatePods(resource: Resource, context: Context): readonly Observation[] {
  const { environment } = context;
  if (environment.cluster.kind !== "existing" || resource.type.endsWith(":CustomResourceDefinition")) return [];
  const confidential = environment.jurisdiction.isolation === "confidential";
  if (runtimeClass.test(resource.type)) return judgeClass(resource, confidential);
  const { metadata } = resource.props;
  const namespace = isObject(metadata) ? metadata.namespace : metadata;
  const ours = environment.tenants.map(({ name }) => tenantScope(name));
  if (namespace !== unknown && !(typeof namespace === "string" && ours.includes(namespace))) return [];
  const found: Observation[] = [];
  walk(resource.props, (value, field) => {
    const key = field.at(-1);
    if (value === unknown && typeof key === "string" && carriers.test(key)) found.push(deferred(field));
    if (isObject(value) && Object.keys(value).some((name) => containers.has(name)) && !nested(field)) {
      found.push(
        ...judgePod(value.runtimeClassName, [...field, "runtimeClassName"], confidential, namespace === unknown),
      );
    }
  });
  return found;
}

/** What lists containers below a container is none of Kubernetes' pods. */
const nested = (field: Path) => field.some((part) => typeof part === "string" && containers.has(part));

const wanted = (confidential: boolean) => (confidential ? "kata-qemu-snp or kata-qemu-tdx" : "kata-qemu");

function judgePod(name: Value, field: Path, confidential: boolean, anywhere: boolean): Observation[] {
  if (name === unknown) return [deferred(field)];
  if (typeof name === "string" && (confidential ? encrypted : inMachine).test(name)) return [];
  if (anywhere) return [deferred(["metadata", "namespace"])];
  const what = confidential ? "in no virtual machine whose memory is encrypted" : "in no virtual machine of its own";
  return [
    {
      field,
      value: shown(name),
      message: `${name === undefined ? "is not stated, so that the tenant's pod runs" : "by which the tenant's pod runs"} ${what}`,
      remedy: `name a runtime class such as ${wanted(confidential)}`,
    },
  ];
}

/** A class that is called Kata's and runs something else. */
function judgeClass({ props }: Resource, confidential: boolean): Observation[] {
  const { metadata, handler } = props;
  const name = isObject(metadata) ? metadata.name : undefined;
  const claims = name === unknown || (typeof name === "string" && inMachine.test(name));
  if (!claims) return [];
  if (handler === unknown) return [deferred(["handler"])];
  const pattern = confidential && typeof name === "string" && encrypted.test(name) ? encrypted : inMachine;
  return typeof handler === "string" && pattern.test(handler)
    ? []
    : [
        {
          field: ["handler"],
          value: shown(handler),
          message: `which does not run pods as the name ${shown(name) ?? "of the class"} says`,
          remedy: "name the class for its handler",
        },
      ];
}
