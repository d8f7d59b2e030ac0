import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnControlPlane, ownControlPlane } from "../../rehearsal/control-plane/testing";
import type { Source } from "../../stacks/environment";
import { podSpec } from "./pod";
import { decode, hub, model, podArgs, pool, prefill } from "./testing";
import { weightsOf } from "./weights";

const mirror = {};
const image: Source = {
  kind: "oci",
  reference: `registry.example.org/models/qwen@sha256:${"a".repeat(64)}`,
  signature: { identity: "release@example.org", issuer: "https://issuer.example.org" },
};
const bucket: Source = { kind: "s3", uri: "s3://weights/qwen/1", region: "eu-north-1" };
const adapter = (name: string, source: Source) => ({ name, weights: weightsOf(source, { adapter: name, mirror }) });
const storage = { gib: 100, kind: "local" } as const;

/** The real API server judges the pods, at the level of Pod Security that tenants' namespaces have. */
describe("the pods of model servers", () => {
  let own: OwnControlPlane;
  const namespace = "restricted";
  const priority = "ai-platform-model-server";

  const apply = (path: string, object: object, dryRun: boolean) =>
    own.plane.client.apply(path, object as Parameters<typeof own.plane.client.apply>[1], {
      fieldManager: "test",
      dryRun,
    });

  beforeAll(async () => {
    own = await ownControlPlane();
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const metadata = { name: namespace, labels };
    await apply(`/api/v1/namespaces/${namespace}`, { apiVersion: "v1", kind: "Namespace", metadata }, false);
    await apply(
      `/api/v1/namespaces/${namespace}/serviceaccounts/qwen3-32b`,
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "qwen3-32b", namespace } },
      false,
    );
    await apply(
      `/apis/scheduling.k8s.io/v1/priorityclasses/${priority}`,
      { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: priority }, value: 125 },
      false,
    );
  });
  afterAll(() => own?.stop());

  const wide = { gpus: 8, nodes: 2, tensorParallel: 1, expertParallel: true };
  it.each([
    ["with weights that vLLM fetches", podArgs({ role: prefill() }), "single"],
    ["with weights of a signed image", podArgs({ weights: weightsOf(image, { mirror }) }), "single"],
    ["with weights of a bucket", podArgs({ weights: weightsOf(bucket, { gib: 10, mirror }) }), "single"],
    ["with weights of a cache", podArgs({ weights: weightsOf(hub, { cache: "models-h100", mirror }) }), "single"],
    ["with adapters", podArgs({ adapters: [adapter("sql", image), adapter("legal", hub)] }), "single"],
    ["with tiers", podArgs({ role: decode(), model: model({ kvCache: { cpuGib: 9.5, storage } }) }), "single"],
    ["across nodes", podArgs({ role: decode(wide), pool: pool({ multiNode: true }) }), "worker"],
  ] as const)("are admitted %s", async (what, args, member) => {
    const name = what.replaceAll(" ", "-").toLowerCase();
    const spec = podSpec(args, member, { app: "x" });
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec };
    await expect(apply(`/api/v1/namespaces/${namespace}/pods/${name}`, pod, true)).resolves.toMatchObject({
      metadata: { name },
    });
  });
});
