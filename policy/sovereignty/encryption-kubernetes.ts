import { type Context, deferred, isObject, type Observation, type Resource, unknown, type Value, walk } from "../rule";
import { judgeKey, type KeyCloud } from "./customer-key";
import { fieldsAt, isOn, shown } from "./fields";

/** Volumes that Kubernetes asks for: by storage classes, by claims that name one, and as disks of Karpenter's nodes. */

interface Driver {
  readonly cloud: KeyCloud;
  /** The parameter that names the key. */
  readonly key: string;
  /** The parameter without which nothing is encrypted. */
  readonly on?: string;
  readonly caseless?: true;
}

const ebs: Driver = { cloud: "aws", key: "kmsKeyId", on: "encrypted", caseless: true };
const pd: Driver = { cloud: "gcp", key: "disk-encryption-kms-key" };

/**
 * Drivers by provisioner, each with the parameter that names a volume's key. Sources: kubernetes-sigs/aws-ebs-csi-driver
 * docs/parameters.md (parameters in any case), 2026-11; kubernetes-sigs/gcp-filestore-csi-driver
 * pkg/csi_driver/controller.go, 2026-11. The parameter of Google's disks was not read in a source: unverified.
 */
const drivers: ReadonlyMap<string, Driver> = new Map([
  ["ebs.csi.aws.com", ebs],
  ["ebs.csi.eks.amazonaws.com", ebs],
  ["kubernetes.io/aws-ebs", ebs],
  ["pd.csi.storage.gke.io", pd],
  ["kubernetes.io/gce-pd", pd],
  ["filestore.csi.storage.gke.io", { cloud: "gcp", key: "instance-encryption-kms-key" }],
]);

/**
 * Classes that a cloud puts into every cluster, and whose volumes rest under its own key. Unverified: no page of either
 * provider that lists them was read. One that is missing here is judged as a class that nobody knows.
 */
const classesOfClouds: Readonly<Record<string, readonly string[]>> = {
  gke: ["standard", "standard-rwo", "premium-rwo", "standard-rwx", "premium-rwx", "enterprise-rwx", "zonal-rwx"],
  eks: ["gp2"],
};

const storageClass = /^kubernetes:storage\.k8s\.io\/[^:]+:StorageClass(Patch)?$/;
const nodeClass = /^kubernetes:karpenter\.k8s\.aws\/[^:]+:EC2NodeClass$/;

export const isVolumeSource = ({ type }: Resource): boolean =>
  type.startsWith("kubernetes:") && !type.endsWith(":CustomResourceDefinition");

export function judgeVolumes(resource: Resource, context: Context): readonly Observation[] {
  if (storageClass.test(resource.type)) return judgeClass(resource, context);
  if (nodeClass.test(resource.type)) return judgeNodeClass(resource);
  return judgeClaims(resource, context);
}

function judgeClass({ props }: Resource, { environment }: Context): Observation[] {
  const { provisioner } = props;
  const at = ["provisioner"];
  if (provisioner === unknown) return [deferred(at)];
  const driver = typeof provisioner === "string" ? drivers.get(provisioner) : undefined;
  if (driver === undefined) {
    const refused = environment.cluster.kind !== "existing" && environment.jurisdiction.sovereign;
    return [
      {
        kind: refused ? "violation" : "unverified",
        field: at,
        value: shown(provisioner),
        message: "a driver of which is not known here under which key its volumes rest",
        remedy:
          "find out how the driver encrypts its volumes, and add it to policy/sovereignty/encryption-kubernetes.ts",
      },
    ];
  }
  const { parameters } = props;
  if (parameters === unknown) return [deferred(["parameters"])];
  const given = isObject(parameters) ? parameters : {};
  const named = (name: string): [string, Value] =>
    Object.entries(given).find(([key]) =>
      driver.caseless ? key.toLowerCase() === name.toLowerCase() : key === name,
    ) ?? [name, undefined];
  const switched = driver.on === undefined ? undefined : named(driver.on);
  if (switched !== undefined && !isOn(switched[1])) {
    const field = ["parameters", switched[0]];
    return switched[1] === unknown
      ? [deferred(field)]
      : [{ field, value: shown(switched[1]), message: off(switched[1]) }];
  }
  const [key, value] = named(driver.key);
  return judgeKey({ field: ["parameters", key], value }, driver.cloud);
}

/** How a sentence about a switch that is not on goes on. */
export const off = (value: Value): string =>
  value === undefined
    ? "is not stated, so that what rests there is not encrypted"
    : "so that what rests there is not encrypted";

/** Without mappings of its own a node's root volume rests under AWS's key. */
function judgeNodeClass({ props }: Resource): Observation[] {
  return [
    ...fieldsAt(props, "spec.blockDeviceMappings.ebs?.encrypted").flatMap(({ field, value }) => {
      // Karpenter encrypts unless it is told not to; without a key, the next finding says it.
      if (value === unknown) return [deferred(field)];
      return value === undefined || isOn(value) ? [] : [{ field, value: shown(value), message: off(value) }];
    }),
    ...fieldsAt(props, "spec.blockDeviceMappings.ebs?.kmsKeyID").flatMap((field) => judgeKey(field, "aws")),
  ];
}

function judgeClaims(resource: Resource, { environment }: Context): Observation[] {
  const ofCloud = classesOfClouds[environment.cluster.kind] ?? [];
  const found: Observation[] = [];
  if (ofCloud.length === 0) return found;
  walk(resource.props, (value, field) => {
    if (field.at(-1) !== "storageClassName") return;
    if (value === unknown) {
      found.push(deferred(field));
    } else if (typeof value === "string" && ofCloud.includes(value)) {
      found.push({
        field,
        value,
        message: "a class that the cloud puts into every cluster, whose volumes rest under its own key",
        remedy: "name no class, for the cluster's default has a key of one's own, or one that names such a key",
      });
    }
  });
  return found;
}
