import { isolationAdmission } from "../admission/isolation";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  type Observation,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
} from "../rule";
import { type Field, fieldsAt, isOn, shown } from "./fields";
import { isolatePods } from "./isolation-pods";

/**
 * What keeps workloads apart beside their containers, as `jurisdiction.isolation` asks: nothing more (`none`), virtual
 * machines (`kvm`), or ones whose memory is encrypted (`confidential`).
 *
 * Nodes of a cloud are virtual machines, save for bare metal; on a cluster of one's own the tenants' pods run in Kata's
 * runtime classes. Confidential nodes are what GKE calls so, and machines of EC2 with AMD SEV-SNP; EC2 also says that the
 * memory of all its newer machines is always encrypted, which no property of a resource shows or attests. Node classes of
 * Karpenter v1.14.1 have no property for SEV-SNP.
 */
export const isolation: ResourceRule = {
  id: "sovereignty-isolation",
  title: "Workloads are kept apart as the jurisdiction asks",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-isolation"],
  remedy: "use nodes that isolate as jurisdiction.isolation asks, or have its owner ask for less",
  applies: (resource, { environment: { jurisdiction } }) =>
    jurisdiction.isolation !== "none" && (resource.type in nodes || resource.type.startsWith("kubernetes:")),
  check(resource, context) {
    const asked = context.environment.jurisdiction.isolation;
    if (asked === "none") return [];
    const judge = nodes[resource.type];
    return judge === undefined ? isolatePods(resource, context) : judge(resource, asked === "confidential", context);
  },
  admission: isolationAdmission,
};

type Judge = (resource: Resource, confidential: boolean, context: Context) => readonly Observation[];

/** Machines of EC2 that can be launched with SEV-SNP. Source: @pulumi/aws 7.48.0, LaunchTemplateCpuOptions.amdSevSnp. */
const sevSnp = /^(m6a|c6a|r6a)\./;
const sevSnpNames = "m6a, c6a, r6a";

/**
 * The one GPU machine of GKE that can be confidential: one H100 80 GB, with Intel TDX. Source:
 * docs.cloud.google.com/kubernetes-engine/docs/how-to/gpus-confidential-nodes, requirements, 2026-11.
 */
const confidentialGpu = { machine: "a3-highgpu-1g", technology: "TDX" } as const;

const nodes: Readonly<Record<string, Judge>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": ({ props }, confidential) =>
    confidential ? fieldsAt(props, "cpuOptions.amdSevSnp").flatMap(snp) : [],
  "aws:ec2/instance:Instance": ({ props }, confidential) =>
    confidential
      ? fieldsAt(props, "cpuOptions.amdSevSnp").flatMap(snp)
      : fieldsAt(props, "instanceType?").flatMap(metal),
  "aws:eks/nodeGroup:NodeGroup": ({ props }, confidential) =>
    fieldsAt(props, "instanceTypes").flatMap(confidential ? capable : metal),
  "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": (_, confidential) =>
    confidential
      ? [
          {
            field: ["spec", "cpuOptions"],
            message: "cannot ask for SEV-SNP, so that no node that Karpenter makes is confidential",
            remedy: 'use nodes: "group" for the pool',
          },
        ]
      : [],
  "gcp:container/nodePool:NodePool": ({ props }, confidential) =>
    confidential ? googleNodes(props.nodeConfig, ["nodeConfig"]) : [],
  "gcp:container/cluster:Cluster": ({ props }, confidential) => (confidential ? googleCluster(props) : []),
};

const snp = ({ field, value }: Field): Observation[] => {
  if (value === unknown) return [deferred(field)];
  return value === "enabled"
    ? []
    : [
        {
          field,
          value: shown(value),
          message: `${value === undefined ? "is not stated, " : ""}so that the memory of the machine has no key of its own and nothing attests it`,
          remedy: `set it to enabled, for machines of ${sevSnpNames}`,
        },
      ];
};

const metal = ({ field, value }: Field): Observation[] => {
  if (value === unknown) return [deferred(field)];
  return typeof value === "string" && /\.metal(-|$)/i.test(value)
    ? [
        {
          field,
          value,
          message: "bare metal, on which no virtual machine keeps workloads apart",
          remedy: "use a machine that is not of metal",
        },
      ]
    : [];
};

const capable = ({ field, value }: Field): Observation[] => {
  if (value === unknown) return [deferred(field)];
  const type = shown(value);
  if (type !== undefined && sevSnp.test(type)) return [];
  const gpu = type !== undefined && /^(p|g|trn|inf)\d/.test(type);
  return [
    {
      field,
      value: type,
      message:
        type === undefined
          ? `is not stated; confidential are machines of ${sevSnpNames}`
          : `which cannot be confidential; EC2 has that for machines of ${sevSnpNames}${gpu ? ", and for none with GPUs" : ""}`,
      remedy: gpu
        ? "run these models where GPUs can be confidential, or have the owner of jurisdiction.isolation ask for less"
        : `use a machine of ${sevSnpNames}`,
    },
  ];
};

/** Nodes that GKE makes by itself are as the cluster says. */
function googleCluster(props: Value): Observation[] {
  const provisioned = fieldsAt(props, "clusterAutoscaling?.enabled?").filter(
    ({ value }) => value !== false && value !== "false",
  );
  const autopilot = fieldsAt(props, "enableAutopilot?").filter(({ value }) => isOn(value));
  const pools = fieldsAt(props, "nodePools?.nodeConfig");
  return [
    ...pools.flatMap(({ field, value }) => googleNodes(value, field)),
    ...(provisioned.length + autopilot.length > 0 ? fieldsAt(props, "confidentialNodes.enabled").flatMap(enabled) : []),
  ];
}

const enabled = ({ field, value }: Field): Observation[] => {
  if (value === unknown) return [deferred(field)];
  return isOn(value)
    ? []
    : [
        {
          field,
          value: shown(value),
          message: `${value === undefined ? "is not stated, " : ""}so that the memory of the nodes is not encrypted`,
          remedy: "set confidentialNodes.enabled to true",
        },
      ];
};

function googleNodes(config: Value, at: readonly (string | number)[]): Observation[] {
  if (config === unknown) return [deferred(at)];
  const inside = (path: string) =>
    fieldsAt(config, path).map(({ field, value }): Field => ({ field: [...at, ...field], value }));
  const gpus = inside("guestAccelerators?.count");
  const on = inside("confidentialNodes.enabled").flatMap(enabled);
  if (gpus.length === 0) return on;
  const [machine] = inside("machineType");
  if (machine!.value === unknown) return [...on, deferred(machine!.field)];
  if (machine!.value !== confidentialGpu.machine) {
    return [
      {
        field: machine!.field,
        value: shown(machine!.value),
        message: `whose GPUs cannot be confidential; GKE has that for ${confidentialGpu.machine} alone, with one H100`,
        remedy: `use ${confidentialGpu.machine}, or have the owner of jurisdiction.isolation ask for less`,
      },
    ];
  }
  const technology = inside("confidentialNodes.confidentialInstanceType").flatMap(({ field, value }): Observation[] => {
    if (value === unknown) return [deferred(field)];
    return value === confidentialGpu.technology
      ? []
      : [
          {
            field,
            value: shown(value),
            message: `${value === undefined ? "is not stated; " : "which "}GPUs cannot be confidential by; expected ${confidentialGpu.technology}`,
            remedy: "state TDX",
          },
        ];
  });
  return [...on, ...technology];
}
