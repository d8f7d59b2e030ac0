import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { unknown, type Value } from "../rule";
import { atHome, onAws, onGoogle } from "./boundary-contexts";

const home = "registry.sovereign.example.org";
const good = `${home}/llm-d/llm-d-cuda`;
const sha = "0123456789abcdef".repeat(4);

const deployment = (image: Value, more: Record<string, Value> = {}) =>
  resourceWith("kubernetes:apps/v1:Deployment", {
    metadata: { name: "thing" },
    spec: { template: { spec: { containers: [{ name: "a", image, ...more }] } } },
  });

const digest = (attempt: string, ...resources: Evasion["resources"]): Evasion => ({
  attempt,
  rule: "sovereignty-digest",
  resources,
  context: atHome,
  caught: "violation",
});
const registry = (attempt: string, ...resources: Evasion["resources"]): Evasion => ({
  ...digest(attempt, ...resources),
  rule: "sovereignty-registry",
});

/** Ways past the rules about what runs: by which name, and from where. */
export const imageEvasions: readonly Evasion[] = [
  digest("a tag that looks like a digest", deployment(`${good}:sha256-${sha}`)),
  digest("a digest that is cut short", deployment(`${good}@sha256:${sha.slice(0, 40)}`)),
  digest("a digest of digits that are none", deployment(`${good}@sha256:${sha.toUpperCase()}`)),
  digest("a digest by an algorithm that anybody can make collide", deployment(`${good}@md5:${sha.slice(0, 32)}`)),
  digest("a digest in the path", deployment(`${home}/sha256/${sha}/llm-d-cuda:v1`)),
  digest("neither tag nor digest", deployment(good)),
  digest(
    "an init container beside a container by digest",
    resourceWith("kubernetes:apps/v1:DaemonSet", {
      spec: {
        template: {
          spec: { containers: [{ image: `${good}@sha256:${sha}` }], initContainers: [{ image: `${good}:v1` }] },
        },
      },
    }),
  ),
  digest(
    "an ephemeral container",
    resourceWith("kubernetes:core/v1:Pod", {
      spec: { containers: [], ephemeralContainers: [{ image: `${good}:v1` }] },
    }),
  ),
  digest(
    "an image volume by tag",
    resourceWith("kubernetes:core/v1:Pod", {
      spec: { containers: [], volumes: [{ name: "weights", image: { reference: `${home}/weights:v1` } }] },
    }),
  ),
  digest(
    "a custom resource whose operator puts the parts together",
    resourceWith("kubernetes:agentgateway.dev/v1alpha1:AgentgatewayParameters", {
      spec: { image: { registry: home, repository: "agentgateway", tag: "v1.4.1" } },
    }),
  ),
  digest(
    "NVIDIA's operator, which takes repository, image and version apart",
    resourceWith("kubernetes:nvidia.com/v1:ClusterPolicy", {
      spec: { driver: { repository: `${home}/nvidia`, image: "driver", version: "595.91.07" } },
    }),
  ),
  digest(
    "an image that an operator starts by a variable",
    deployment(`${good}@sha256:${sha}`, { env: [{ name: "RELATED_IMAGE_ENGINE", value: `${good}:v1` }] }),
  ),
  digest(
    "the leader of a group",
    resourceWith("kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", {
      spec: { leaderWorkerTemplate: { leaderTemplate: { spec: { containers: [{ image: `${good}:v1` }] } } } },
    }),
  ),
  digest(
    "a Release of Helm, whose objects the engine never shows",
    resourceWith("kubernetes:helm.sh/v3:Release", { chart: "oci://registry.sovereign.example.org/charts/lws" }),
  ),
  digest(
    "a schedule of jobs",
    resourceWith("kubernetes:batch/v1:CronJob", {
      spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: `${good}:v1` }] } } } } },
    }),
  ),
  digest(
    "containers of another service of the cloud, as text",
    resourceWith("aws:ecs/taskDefinition:TaskDefinition", {
      containerDefinitions: JSON.stringify([{ image: `${good}:v1` }]),
    }),
  ),
  { ...digest("an image that is known only after the update", deployment(unknown)), caught: "deferred" },
  {
    ...digest(
      "a template that is known only after the update",
      resourceWith("kubernetes:apps/v1:Deployment", { spec: { template: unknown } }),
    ),
    caught: "deferred",
  },

  registry("an allowed host as the beginning of another", deployment(`${home}.evil.com/a@sha256:${sha}`)),
  registry("an allowed host as a folder", deployment(`evil.com/${home}/a@sha256:${sha}`)),
  registry("a short name, which the runtime completes", deployment("llm-d-cuda:v1")),
  registry("Docker Hub by one of its other names", deployment(`index.docker.io/library/a@sha256:${sha}`)),
  registry("an allowed host on another port", deployment(`${home}:5000/a@sha256:${sha}`)),
  registry(
    "a folder of the variable that an operator reads",
    deployment(`${good}@sha256:${sha}`, { env: [{ name: "DRIVER_IMAGE", value: "nvcr.io/nvidia/driver:595" }] }),
  ),
  registry(
    "repository and image apart",
    resourceWith("kubernetes:nvidia.com/v1:ClusterPolicy", {
      spec: { toolkit: { repository: "nvcr.io/nvidia/k8s", image: "container-toolkit", version: "v1" } },
    }),
  ),
  registry(
    "a function of the cloud from an image",
    resourceWith("aws:lambda/function:Function", { imageUri: `evil.com/a@sha256:${sha}` }),
  ),
  registry(
    "a chart from a host that has an allowed one as its user",
    resourceWith("kubernetes:helm.sh/v4:Chart", { chart: `oci://${home}%2fcharts@evil.com/charts/a` }),
  ),
  registry(
    "a manifest by YAML, from elsewhere",
    resourceWith("kubernetes:yaml/v2:ConfigFile", { file: `https://${home}@evil.com/a.yaml` }),
  ),
  {
    ...registry("a registry of one's own account, in another stack's output", deployment(unknown)),
    context: onAws,
    caught: "deferred",
  },
  {
    ...registry(
      "a chart that is known only after the update",
      resourceWith("kubernetes:helm.sh/v4:Chart", { chart: unknown }),
    ),
    context: onGoogle,
    caught: "deferred",
  },
];
