import type { ControlPlaneClient, KubeObject } from "./client";

const group = "admissionregistration.k8s.io";
const kinds = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"] as const;

/** A condition that no request meets, so that the API server calls nobody. It is an entry of its own beside a chart's. */
const never = { name: "rehearsal/no-server-in-a-simulated-pod", expression: "false" };

/** How long, in milliseconds, to wait before what failed is tried again. */
const again = 1_000;

/**
 * Disarms the webhooks whose server is a Service, as a chart's is: it would be a pod, in which nothing runs, and a request
 * that must be admitted by nobody is refused. Needed only where the API server calls webhooks at all.
 */
export class ChartWebhooks {
  private ending = false;
  private readonly watches = new Map<string, () => void>();

  constructor(private readonly client: ControlPlaneClient) {}

  start(): void {
    for (const kind of kinds) this.watch(`/apis/${group}/v1/${kind}`);
  }

  stop(): void {
    this.ending = true;
    for (const stopWatching of this.watches.values()) stopWatching();
  }

  private watch(path: string): void {
    // Without a version to begin at, a watch begins with every object that is there.
    const watch = this.client.watch(path, ({ type, object }) => {
      if (type === "ADDED" || type === "MODIFIED") void this.disarm(path, object);
    });
    this.watches.set(path, watch.stop);
    void watch.ended.then(() => {
      if (!this.ending) setTimeout(() => !this.ending && this.watch(path), again);
    });
  }

  private async disarm(path: string, found: KubeObject): Promise<void> {
    const disarmed = disarming(found);
    if (disarmed === undefined) return;
    const { name, uid } = found.metadata;
    const target = `${path}/${name}`;
    try {
      await this.client.apply(target, disarmed, { fieldManager: "rehearsal" });
    } catch {
      // It may be gone. If it is not, the next time may do.
      setTimeout(async () => {
        const still = this.ending ? undefined : await this.client.get(target).catch(() => undefined);
        if (still?.metadata.uid === uid) void this.disarm(path, still!);
      }, again);
    }
  }
}

/** What is applied to disarm the webhooks of a configuration; undefined where there is nothing to be done. */
export function disarming({ apiVersion, kind, metadata, webhooks = [] }: KubeObject): KubeObject | undefined {
  const served = (webhooks as KubeObject[]).filter(({ clientConfig }) => clientConfig.service !== undefined);
  const armed = served.some(({ matchConditions = [] }) => !matchConditions.some(isNever));
  if (!armed) return undefined;
  return {
    apiVersion,
    kind,
    // The uid keeps one that is gone from being created anew.
    metadata: { name: metadata.name, uid: metadata.uid },
    webhooks: served.map(({ name }) => ({ name, matchConditions: [never] })),
  };
}

const isNever = ({ name }: { name: string }) => name === never.name;
