import { describe, expect, it } from "vitest";
import { settle } from "./cluster-state";
import type { ControlPlaneClient, KubeObject } from "./control-plane";

const object = (kind: string, fields: object): KubeObject => ({ apiVersion: "v1", kind, metadata: {}, ...fields });
const running = object("Pod", { status: { phase: "Running" } });
const pending = object("Pod", { status: { phase: "Pending" } });

/** A cluster with as many pods, of which the scheduler has placed `placed(look)` when it is looked at once more. */
function cluster(pods: number, placed: (look: number) => number) {
  let looks = 0;
  const list = async (path: string): Promise<KubeObject[]> => {
    if (path === "/apis/apps/v1/deployments") return [object("Deployment", { spec: { replicas: pods } })];
    if (path !== "/api/v1/pods") return [];
    const done = Math.min(pods, placed(looks++));
    return Array.from({ length: pods }, (_, index) => (index < done ? running : pending));
  };
  return { client: { list } as unknown as ControlPlaneClient, looks: () => looks };
}

describe("waiting for the scheduler", () => {
  it("goes on while it places one pod after the other, however many there are", async () => {
    const { client, looks } = cluster(14, (look) => look);
    await settle(client, { withinMs: 1_500, scales: false });
    // The last pod is placed at the fifteenth look; then two more looks find the same.
    expect(looks()).toBe(17);
  });

  it("ends when it has placed none for so long", async () => {
    const { client, looks } = cluster(6, () => 2);
    const started = Date.now();
    await settle(client, { withinMs: 500, scales: false });
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(looks()).toBeLessThan(6);
  });
});
