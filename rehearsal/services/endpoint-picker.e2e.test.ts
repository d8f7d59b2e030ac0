import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pickerConfig } from "../../components/serving/picker-config";
import { type OwnControlPlane, ownControlPlane, temporaryFolder } from "../control-plane/testing";
import { eventually, processesOf } from "../testing";
import { ensureTools } from "../toolchain";
import type { Choice } from "./ext-proc";
import { complete } from "./model-server";
import { SimulatedPool } from "./pool";

/** Milliseconds in which the picker has asked every server for its metrics a few times. */
const scraped = 400;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Characters that no other prompt begins with. */
let prompts = 0;
const text = (name: string, characters: number) => `${name} ${++prompts}: `.repeat(characters).slice(0, characters);

const simulation = { blockTokens: 128, blocks: 4000, prefillTokensPerSecond: 1e6, secondsPerOutputToken: 0 };

describe("the real endpoint picker", () => {
  let own: OwnControlPlane;
  let binary: string;
  const folders: string[] = [];
  const pools: SimulatedPool[] = [];

  const start = async (name: string, mode: "disaggregated" | "aggregated", roles: Record<string, string>) => {
    const folder = await temporaryFolder("picker");
    folders.push(folder);
    const pool = await SimulatedPool.start({
      client: own.plane.client,
      kubeconfig: own.kubeconfig,
      binary,
      folder,
      namespace: name,
      name,
      config: pickerConfig({ mode, cache: "approximate" }),
      servers: Object.entries(roles).map(([server, role]) => ({ name: server, role: role as "both" })),
      simulation,
    });
    pools.push(pool);
    return pool;
  };

  /** Names in place of addresses. */
  const named = (pool: SimulatedPool, { endpoint, prefill, refused }: Choice) => ({
    server: pool.nameOf(endpoint),
    prefill: pool.nameOf(prefill),
    refused,
  });

  beforeAll(async () => {
    binary = (await ensureTools(["endpoint-picker"]))["endpoint-picker"]!.path;
    own = await ownControlPlane();
  });

  afterAll(async () => {
    for (const pool of pools) await pool.stop();
    await own?.stop();
    for (const folder of folders) {
      expect(processesOf(folder)).toEqual([]);
      await rm(folder, { recursive: true, force: true });
    }
  });

  describe("of servers that do everything", () => {
    let pool: SimulatedPool;
    const serverOf = async (prompt: string) => named(pool, await pool.choose(prompt)).server!;

    beforeAll(async () => {
      pool = await start("together", "aggregated", { one: "both", two: "both", three: "both", four: "both" });
    });

    it("sends requests that share a prefix where the prefix is, and spreads those that share none", async () => {
      const homes = new Map<string, string>();
      for (let index = 0; index < 12; index++) {
        const prefix = text("system", 4096);
        homes.set(prefix, await serverOf(prefix + text("first", 300)));
        await pause(20);
      }
      // Twelve at four servers in one place would be chance at one in four million.
      expect(new Set(homes.values()).size).toBeGreaterThan(1);
      for (const [prefix, home] of homes) {
        for (let turn = 0; turn < 3; turn++) expect(await serverOf(prefix + text("turn", 300))).toBe(home);
      }
    });

    it("makes the servers' caches hit, as the servers count it", async () => {
      const prefix = text("document", 8192);
      const ask = async (question: string) => {
        const { endpoint } = await pool.choose(prefix + question);
        return complete(endpoint!, { prompt: prefix + question, max_tokens: 8 });
      };
      expect((await ask("What?")).cachedTokens).toBe(0);
      await pause(50);
      const { cachedTokens, promptTokens } = await ask("And then?");
      expect(cachedTokens).toBe(2048);
      expect(promptTokens).toBe(2048 + 3);
    });

    it("avoids a server with a long queue and a full cache, even for a prompt that it holds", async () => {
      const prompt = text("held", 4096);
      const home = await serverOf(prompt);
      await pause(50);
      expect(await serverOf(prompt)).toBe(home);
      const server = pool.servers.get(home)!;
      server.state({ waiting: 60, kvCacheUsage: 0.99 });
      await pause(scraped);
      for (let turn = 0; turn < 10; turn++) {
        expect(await serverOf(text("cold", 2048))).not.toBe(home);
        await pause(20);
      }
      expect(await serverOf(prompt)).not.toBe(home);
      server.state({});
    });

    it("refuses requests of a negative priority while all servers are saturated, and no others", async () => {
      await pool.objective("batch", -1);
      await pool.objective("interactive", 1);
      const refused = async (objective: string) => (await pool.choose(text("load", 500), { objective })).refused;
      await eventually("batch is served", async () => (await refused("batch")) === undefined);
      for (const server of pool.servers.values()) server.state({ waiting: 50, kvCacheUsage: 0.95 });
      await eventually("batch is refused", async () => (await refused("batch")) === 429);
      expect(await refused("interactive")).toBeUndefined();
      pool.servers.get("two")!.state({});
      await eventually("batch is served by the one that has room", async () => {
        const choice = named(pool, await pool.choose(text("room", 500), { objective: "batch" }));
        return choice.refused === undefined && choice.server === "two";
      });
      for (const server of pool.servers.values()) server.state({});
    });

    it("leaves out a server whose pod is gone, and says so when none is left", async () => {
      await pause(scraped);
      const prompt = text("orphan", 4096);
      const home = await serverOf(prompt);
      await pool.remove(home);
      await eventually("the other servers get its requests", async () => (await serverOf(prompt)) !== home);
      for (let turn = 0; turn < 20; turn++) expect(await serverOf(text("other", 1024))).not.toBe(home);
      for (const name of pool.servers.keys()) await pool.remove(name);
      await eventually("there is nobody", async () => (await pool.choose(prompt)).refused === 503);
    });
  });

  describe("of prefill and decode servers", () => {
    let pool: SimulatedPool;

    beforeAll(async () => {
      pool = await start("apart", "disaggregated", {
        "prefill-one": "prefill",
        "prefill-two": "prefill",
        "decode-one": "decode",
        "decode-two": "decode",
      });
    });

    it("has a long cold prompt computed by a prefill server, and answered by a decode server", async () => {
      const seen = new Set<string>();
      for (let index = 0; index < 6; index++) {
        const { server, prefill } = named(pool, await pool.choose(text("cold", 6000)));
        expect(server).toMatch(/^decode-/);
        expect(prefill).toMatch(/^prefill-/);
        seen.add(prefill!);
        pool.servers.get(prefill!)!.state({ waiting: 10 });
        await pause(scraped);
        pool.servers.get(prefill!)!.state({});
      }
      expect([...seen].sort()).toEqual(["prefill-one", "prefill-two"]);
    });

    it("leaves a short prompt, and one that is mostly cached, to a decode server alone", async () => {
      const short = named(pool, await pool.choose(text("short", 200)));
      expect(short).toEqual({ server: expect.stringMatching(/^decode-/), prefill: undefined, refused: undefined });
      // 12 blocks, so that all of it but the question can be held.
      const prompt = text("warm", 12 * 512);
      const first = named(pool, await pool.choose(prompt));
      expect(first.prefill).toMatch(/^prefill-/);
      await pause(50);
      expect(named(pool, await pool.choose(`${prompt} And now?`))).toEqual({
        server: first.server,
        prefill: undefined,
        refused: undefined,
      });
      expect(named(pool, await pool.choose(prompt + text("much more", 6000))).prefill).toMatch(/^prefill-/);
    });
  });

  it("is gone when its pool is stopped, and ends with an error that tells why it cannot start", async () => {
    const folder = await temporaryFolder("picker");
    folders.push(folder);
    const config = pickerConfig({ mode: "aggregated", cache: "approximate" });
    const started = SimulatedPool.start({
      client: own.plane.client,
      kubeconfig: own.kubeconfig,
      binary,
      folder,
      namespace: "broken",
      name: "broken",
      config: { ...config, schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "nobody" }] }] },
      servers: [{ name: "one", role: "both" }],
      simulation,
    });
    await expect(started).rejects.toThrow(/endpoint picker of broken\/broken ended by itself[\s\S]*nobody/);
    expect(processesOf(folder)).toEqual([]);
  });
});
