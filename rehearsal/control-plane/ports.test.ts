import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { freePorts } from "./ports";

describe("free ports", () => {
  it("are all different, can be listened on, and are none that outgoing connections get", async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(ports[0], "127.0.0.1", resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it("are those of last time, each in its place, but for one that is taken", async () => {
    const before = await freePorts(3);
    expect(await freePorts(3, before)).toEqual(before);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(before[0], "127.0.0.1", resolve));
    const after = await freePorts(3, before);
    await new Promise((resolve) => server.close(resolve));
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).not.toBe(before[0]);
  });
});
