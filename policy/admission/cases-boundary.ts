import { type Case, carriers, container, digest, podSpec } from "./case";

/** For tests: what the rules of sovereignty are asked. */

const pod = carriers.Pod!;

export const images: readonly Case[] = [
  ...Object.entries(carriers).map(([kind, carry]) => ({
    what: `a foreign image in a ${kind}`,
    refused: true,
    object: carry(podSpec({}, { image: `evil.com/app@${digest}` })),
  })),
  ...[
    `registry.example.eu.evil.com/app@${digest}`,
    `evil.com/registry.example.eu/app@${digest}`,
    `registry.example.eu:5000/app@${digest}`,
    `ghcr.io/llm-d-evil/app@${digest}`,
    `ghcr.io/LLM-D/app@${digest}`,
    `team/app@${digest}`,
    `localhost/llm-d/app@${digest}`,
    "app",
    "registry.example.eu/app@sha256:abc",
    "no image",
  ].map((reference) => ({ what: reference, refused: true, object: pod(podSpec({}, { image: reference })) })),
  ...[
    `REGISTRY.example.EU.:443/team/app:1.2.3@${digest}`,
    `ghcr.io/llm-d/llm-d-cuda@${digest}`,
    `registry.k8s.io/pause@${digest}`,
  ].map((reference) => ({ what: reference, refused: false, object: pod(podSpec({}, { image: reference })) })),
  {
    what: "a foreign image of a container that runs first",
    refused: true,
    object: pod(podSpec({ initContainers: [container({ name: "init", image: `evil.com/app@${digest}` })] })),
  },
  {
    what: "a foreign image in a volume",
    refused: true,
    object: pod(podSpec({ volumes: [{ name: "weights", image: { reference: `evil.com/weights@${digest}` } }] })),
  },
  {
    what: "a foreign image that an operator is told to start",
    refused: true,
    object: pod(podSpec({}, { env: [{ name: "RELATED_IMAGE_ENGINE", value: `evil.com/engine@${digest}` }] })),
  },
  {
    what: "a foreign image that is never pulled",
    refused: false,
    object: pod(podSpec({}, { image: `evil.com/app@${digest}`, imagePullPolicy: "Never" })),
  },
];

export const digests: readonly Case[] = [
  ...["registry.example.eu/app", "registry.example.eu/app:1.2.3", "registry.example.eu/app:1.2.3-sha256.abc"].map(
    (reference) => ({ what: reference, refused: true, object: pod(podSpec({}, { image: reference })) }),
  ),
  ...[`sha512:${"a".repeat(64)}`, `sha256:${"A".repeat(64)}`, `sha256:${"a".repeat(63)}`].map((whole) => ({
    what: `a digest of ${whole.length} letters that is not whole`,
    refused: true,
    object: pod(podSpec({}, { image: `registry.example.eu/app@${whole}` })),
  })),
  ...[`registry.example.eu:443/a/b-c@${digest}`, `ghcr.io/llm-d/app:1@sha512:${"b".repeat(128)}`].map((reference) => ({
    what: reference,
    refused: false,
    object: pod(podSpec({}, { image: reference })),
  })),
  {
    what: "a tag of a container that runs first, in a CronJob",
    refused: true,
    object: carriers.CronJob!(
      podSpec({ initContainers: [container({ name: "init", image: "registry.k8s.io/pause:3.10" })] }),
    ),
  },
];

const zone = "topology.kubernetes.io/zone";
const required = (key: string, operator: string, values: readonly string[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
      },
    },
  },
});
const preferred = (key: string, value: string) => ({
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key, operator: "In", values: [value] }] } },
      ],
    },
  },
});

/** `sovereign`: whether what nobody knows is refused. */
export const places = (sovereign: boolean): readonly Case[] => [
  ...["us-east-1a", "US-EAST-1", "europe-west1-b", "GRA3"].map((place) => ({
    what: `nodes in ${place}`,
    refused: true,
    object: pod(podSpec({ nodeSelector: { [zone]: place } })),
  })),
  ...["eu-central-1a", "EU-Central-1", "europe-west4-b", "local", "local-rack-2", "eu-central-1-ham-1a"].map(
    (place) => ({
      what: `nodes in ${place}`,
      refused: false,
      object: pod(podSpec({ nodeSelector: { [zone]: place } })),
    }),
  ),
  ...["rack-1", "europe-west44", "eu-central-1-us-east-1"].map((place) => ({
    what: `nodes in ${place}, which nobody knows`,
    refused: sovereign,
    object: pod(podSpec({ nodeSelector: { [zone]: place } })),
  })),
  {
    what: "an affinity to several places",
    refused: true,
    object: carriers.Deployment!(
      podSpec(required("topology.kubernetes.io/region", "In", ["eu-central-1", "us-east-1"])),
    ),
  },
  {
    what: "an affinity away from a place",
    refused: false,
    object: pod(podSpec(required("topology.kubernetes.io/region", "NotIn", ["us-east-1"]))),
  },
  {
    what: "a place that is preferred",
    refused: true,
    object: pod(podSpec(preferred("failure-domain.beta.kubernetes.io/zone", "us-east-1a"))),
  },
  {
    what: "a volume elsewhere",
    refused: true,
    object: {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "case" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-1" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "topology.ebs.csi.aws.com/zone", operator: "In", values: ["us-east-1a"] }] },
            ],
          },
        },
      },
    },
  },
  ...(["us-east-1a", "eu-central-1a"] as const).map((place) => ({
    what: `storage in ${place}`,
    refused: place === "us-east-1a",
    object: {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "case" },
      provisioner: "ebs.csi.aws.com",
      allowedTopologies: [{ matchLabelExpressions: [{ key: "topology.ebs.csi.aws.com/zone", values: [place] }] }],
    },
  })),
];
