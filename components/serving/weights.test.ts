import { describe, expect, it } from "vitest";
import { images } from "../../catalog/images";
import type { Source } from "../../stacks/environment";
import { podAnnotations, podSpec } from "./pod";
import { hub, podArgs } from "./testing";
import { server } from "./vllm";
import { cachedSources, checkSource, weightsOf } from "./weights";

const digest = `sha256:${"a".repeat(64)}`;
const oci: Source = { kind: "oci", reference: `registry.example.org/models/qwen@${digest}` };
const bucket: Source = { kind: "s3", uri: "s3://weights/qwen/1", region: "eu-north-1" };
const claim: Source = { kind: "pvc", claim: "models", path: "qwen/1" };
const mirror = { images: "mirror.example.org/images" };

describe("weights of Hugging Face", () => {
  it("are fetched by vLLM, at their commit, onto a disk that has room for them", () => {
    expect(weightsOf(hub, { gib: 61.02, mirror: {} })).toMatchObject({
      argument: "Qwen/Qwen3-32B",
      revision: hub.revision,
      volumes: [{ name: "models", emptyDir: { sizeLimit: "92Gi" } }],
      mounts: [{ name: "models", mountPath: "/models" }],
      env: [{ name: "HF_HOME", value: "/models" }],
    });
  });

  it("are read from the pool's cache, once it has them all, and looked for nowhere else", () => {
    const folder = `/model-cache/huggingface/Qwen/Qwen3-32B/${hub.revision}`;
    const weights = weightsOf(hub, { cache: "models-h100", mirror: {} });
    expect(weights).toMatchObject({
      argument: folder,
      volumes: [{ name: "model-cache", persistentVolumeClaim: { claimName: "models-h100" } }],
      mounts: [{ name: "model-cache", mountPath: "/model-cache", readOnly: true }],
      env: [{ name: "HF_HUB_OFFLINE", value: "1" }],
    });
    expect(weights.revision).toBeUndefined();
    expect(weights.initContainers).toHaveLength(1);
    expect(weights.initContainers![0]).toMatchObject({
      name: "await-weights",
      command: ["/bin/sh", "-c", 'until [ -e "$0" ]; do sleep 5; done', `${folder}/.complete`],
    });
  });
});

describe("weights of an image", () => {
  it("are mounted by their digest, from the mirror where there is one", () => {
    expect(weightsOf(oci, { mirror })).toMatchObject({
      argument: "/weights",
      volumes: [
        {
          name: "weights",
          image: { reference: `mirror.example.org/images/models/qwen@${digest}`, pullPolicy: "IfNotPresent" },
        },
      ],
      mounts: [{ name: "weights", mountPath: "/weights", readOnly: true }],
    });
    expect(weightsOf(oci, { mirror }).initContainers).toBeUndefined();
  });

  const verification = (signature: NonNullable<Extract<Source, { kind: "oci" }>["signature"]>) =>
    weightsOf({ ...oci, signature } as Source, { mirror: {} }).initContainers![0]!;

  it("are verified before the server starts, by who signed them", () => {
    const { reference } = oci as { reference: string };
    expect(verification({ identity: "release@example.org", issuer: "https://issuer.example.org" })).toMatchObject({
      image: `${images.cosign.repository}:${images.cosign.tag}`,
      args: [
        "verify",
        "--certificate-identity=release@example.org",
        "--certificate-oidc-issuer=https://issuer.example.org",
        "--k8s-keychain",
        reference,
      ],
    });
    expect(verification({ key: "awskms:///alias/models" }).args).toContain("--key=awskms:///alias/models");
    const key = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----";
    expect(verification({ key })).toMatchObject({
      args: expect.arrayContaining(["--key=env://SIGNER_KEY"]),
      env: expect.arrayContaining([{ name: "SIGNER_KEY", value: key }]),
    });
  });

  it("need a Kubernetes that mounts images", () => {
    expect(checkSource(oci, "1.34", "models.x.source")).toBe(
      "models.x.source: an image is mounted as a volume, which Kubernetes does from 1.35 on, and the cluster has 1.34. Use a newer Kubernetes, or another source.",
    );
    for (const fine of ["1.35", "1.36", undefined]) {
      expect(checkSource(oci, fine, "x")).toBeUndefined();
    }
    expect(checkSource(hub, "1.34", "x")).toBeUndefined();
  });
});

describe("weights of a bucket", () => {
  it("are copied by each pod where the pool has no cache", () => {
    const weights = weightsOf(bucket, { gib: 10, mirror: {} });
    expect(weights).toMatchObject({
      argument: "/weights",
      volumes: [{ name: "weights", emptyDir: { sizeLimit: "15Gi" } }],
    });
    expect(weights.initContainers![0]).toMatchObject({
      name: "fetch-weights",
      image: `${images.rclone.repository}:${images.rclone.tag}`,
      args: ["rclone", "copy", ":s3,provider=AWS,env_auth=true,region=eu-north-1:weights/qwen/1", "/weights"],
    });
    const google: Source = { kind: "gs", uri: "gs://weights/qwen/1", region: "europe-west4" };
    expect(weightsOf(google, { mirror: {} }).initContainers![0]!.args).toContain(":gcs,env_auth=true:weights/qwen/1");
  });
});

describe("weights of a claim", () => {
  it("are read from its folder and never written", () => {
    expect(weightsOf(claim, { mirror: {} })).toMatchObject({
      argument: "/weights/qwen/1",
      volumes: [{ name: "weights", persistentVolumeClaim: { claimName: "models", readOnly: true } }],
      mounts: [{ name: "weights", mountPath: "/weights", readOnly: true }],
    });
    expect(weightsOf({ ...claim, path: "" }, { mirror: {} }).argument).toBe("/weights");
  });
});

describe("a pod", () => {
  const adapter = (name: string, source: Source, cache?: string) => ({
    name,
    weights: weightsOf(source, { adapter: name, cache, mirror: {} }),
  });

  it("serves adapters beside the model, each from its own place", () => {
    const args = podArgs({ adapters: [adapter("sql", oci), adapter("legal", hub)] });
    const container = server(args, "single", 8000, []);
    expect((container.args as string[]).slice(-6)).toEqual([
      "--enable-lora",
      "--max-loras=2",
      "--max-lora-rank=64",
      "--lora-modules",
      "sql=/adapters/sql",
      "legal=/adapters/legal",
    ]);
    const spec = podSpec(args, "single");
    expect((spec.volumes as { name: string }[]).map(({ name }) => name)).toEqual([
      "shm",
      "models",
      "adapter-sql",
      "adapter-legal",
      "home",
      "tmp",
    ]);
    expect((spec.initContainers as { name: string }[]).map(({ name }) => name)).toEqual(["fetch-adapter-legal"]);
    // The model itself is fetched by vLLM, which must be let.
    expect((container.env as { name: string }[]).map(({ name }) => name)).not.toContain("HF_HUB_OFFLINE");
  });

  it("mounts a cache once, whatever it reads from it", () => {
    const weights = weightsOf(hub, { cache: "models-h100", mirror: {} });
    const spec = podSpec(podArgs({ weights, adapters: [adapter("sql", bucket, "models-h100")] }), "single");
    expect((spec.volumes as { name: string }[]).filter(({ name }) => name === "model-cache")).toHaveLength(1);
    const [vllm] = spec.containers as { volumeMounts: { name: string }[] }[];
    expect(vllm!.volumeMounts.filter(({ name }) => name === "model-cache")).toHaveLength(1);
    expect((spec.initContainers as { name: string }[]).map(({ name }) => name)).toEqual([
      "await-weights",
      "await-adapter-sql",
    ]);
  });

  it("says where its weights come from", () => {
    const weights = weightsOf(bucket, { mirror: {} });
    expect(podAnnotations(podArgs({ weights, adapters: [adapter("sql", oci)] }))).toEqual({
      "ai-platform/weights-source": "s3://weights/qwen/1",
      "ai-platform/weights-region": "eu-north-1",
      "ai-platform/adapter-sources": JSON.stringify({
        sql: { source: `oci://registry.example.org/models/qwen@${digest}` },
      }),
    });
    expect(podAnnotations(podArgs())).toEqual({
      "ai-platform/weights-source": `https://huggingface.co/Qwen/Qwen3-32B@${hub.revision}`,
    });
  });
});

describe("cachedSources", () => {
  it("are those that must be fetched, each once", () => {
    const other: Source = { kind: "s3", uri: "s3://weights/qwen/2", region: "eu-north-1" };
    expect(cachedSources([hub, oci, bucket, { ...hub }, claim, other])).toEqual([hub, bucket, other]);
  });
});
