import { ComponentResource } from "@pulumi/pulumi";
import { expect, it } from "vitest";
import type { GpuPool, Model } from "../../stacks/environment";
import { recordProgram } from "../recording";
import { wideEnvironment } from "../testing";
import { admitFetching } from "./fetch-traffic";

const revision = "0".repeat(40);
const hub = { kind: "huggingFace", repository: "a/b", revision } as const;
const image = { kind: "oci", reference: `registry.example.eu/w@sha256:${"0".repeat(64)}` } as const;
const signed = { ...image, signature: { key: "awskms:///alias/k" } };
const bucket = (kind: "s3" | "gs") => ({ kind, uri: `${kind}://models/a`, region: "eu-central-1" });

/** What is written for one model whose weights come from a source, on pools that keep weights or do not. */
async function policies(source: object, kept: boolean) {
  const environment = wideEnvironment();
  const [model] = environment.models;
  const pools = new Map(
    environment.pools
      .filter((pool): pool is GpuPool => "accelerator" in pool)
      .map(({ modelCache, ...pool }) => [
        pool.name,
        { ...pool, ...(kept ? { modelCache: modelCache ?? { storageClass: "shared", gib: 500 } } : {}) } as GpuPool,
      ]),
  );
  const versions = model!.versions.map((version) => ({ ...version, source }));
  const recording = await recordProgram("fetching", () => {
    const parent = new ComponentResource("test:test:Platform", "platform");
    const models = [{ ...model!, versions, adapters: [] } as unknown as Model];
    admitFetching("search", { prefix: "", namespace: "tenant-search", models, pools }, { parent });
  });
  return Object.fromEntries(recording.objects.map(({ metadata, spec }) => [metadata.name, spec]));
}

const https = { ports: [{ protocol: "TCP", port: 443 }] };

it("lets servers out that fetch their weights themselves", async () => {
  const { "fetch-weights": spec, ...others } = await policies(hub, false);
  expect(spec.podSelector.matchExpressions).toMatchObject([{ key: "llm-d.ai/model", operator: "In" }]);
  expect(spec.egress).toEqual([https]);
  expect(others).toEqual({});
});

it("lets out what fills a cache, and not the servers that read it", async () => {
  expect(Object.keys(await policies(hub, true))).toEqual(["fill-caches"]);
});

it("lets nobody out for an image, which the node pulls, but for its signature", async () => {
  expect(await policies(image, false)).toEqual({});
  expect(Object.keys(await policies(signed, true))).toEqual(["fetch-weights"]);
});

it("opens where a cloud hands out rights on the node, for buckets of that cloud", async () => {
  const blocks = async (kind: "s3" | "gs") =>
    (await policies(bucket(kind), false))["fetch-weights"].egress.flatMap(
      ({ to = [] }: { to?: { ipBlock: { cidr: string } }[] }) => to.map(({ ipBlock }) => ipBlock.cidr),
    );
  expect(await blocks("s3")).toEqual(["169.254.170.23/32"]);
  expect(await blocks("gs")).toEqual(["169.254.169.254/32", "169.254.169.252/32"]);
});
