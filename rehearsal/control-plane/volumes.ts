import type { ControlPlaneClient, KubeObject } from "./client";

/** How long, in milliseconds, to wait before what failed is tried again. */
const again = 1_000;

const path = (name: string) => `/api/v1/persistentvolumes/${name}`;

/** On every volume that is made here. */
const label = "rehearsal/volume";

/** The volume that is made for a claim. No two claims have the same, not even one after the other of one name. */
export const volumeName = (claim: KubeObject): string => `rehearsal-${claim.metadata.uid}`;

/**
 * The volume that a claim waits for, reserved for it. Of a kind that nothing attaches, that any number of nodes may mount,
 * and that nobody but its maker deletes; what it names is never mounted, for no kubelet runs.
 */
export const volumeFor = (claim: KubeObject): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: volumeName(claim), labels: { [label]: "true" } },
  spec: {
    capacity: { storage: claim.spec.resources.requests.storage },
    accessModes: claim.spec.accessModes,
    volumeMode: claim.spec.volumeMode ?? "Filesystem",
    storageClassName: claim.spec.storageClassName ?? "",
    persistentVolumeReclaimPolicy: "Retain",
    nfs: { server: "volumes.invalid", path: "/" },
    claimRef: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: claim.metadata.namespace,
      name: claim.metadata.name,
      uid: claim.metadata.uid,
    },
  },
});

/**
 * What a cluster's storage drivers do: whatever their class, claims get volumes, which are deleted with them. Binding is
 * the real controller's, and so is the scheduler's waiting for it.
 */
export class Volumes {
  private ending = false;
  private stopWatching = () => {};

  constructor(private readonly client: ControlPlaneClient) {}

  start(): void {
    // Without a version to begin at, a watch begins with every object that is there.
    const watch = this.client.watch("/api/v1/persistentvolumeclaims", ({ type, object }) => {
      if (type === "ADDED" || type === "MODIFIED") void this.provide(object);
      if (type === "DELETED") void this.remove(volumeName(object));
    });
    this.stopWatching = watch.stop;
    void this.tidy();
    void watch.ended.then(() => {
      if (!this.ending) setTimeout(() => !this.ending && this.start(), again);
    });
  }

  stop(): void {
    this.ending = true;
    this.stopWatching();
  }

  private async provide(claim: KubeObject): Promise<void> {
    const { metadata, spec, status } = claim;
    if (metadata.deletionTimestamp !== undefined || status?.phase !== "Pending" || spec.volumeName !== undefined)
      return;
    try {
      await this.client.apply(path(volumeName(claim)), volumeFor(claim), { fieldManager: "rehearsal-volumes" });
    } catch {
      // The claim may be gone. If it is not, the next time may do.
      const own = `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${metadata.name}`;
      setTimeout(async () => {
        if (this.ending) return;
        const found = await this.client.get(own).catch(() => undefined);
        if (found?.metadata.uid === metadata.uid) void this.provide(found!);
      }, again);
    }
  }

  private async remove(name: string): Promise<void> {
    try {
      await this.client.delete(path(name));
    } catch {
      setTimeout(() => !this.ending && void this.remove(name), again);
    }
  }

  /** Removes what belongs to claims that went while nobody watched. */
  private async tidy(): Promise<void> {
    const list = (collection: string) => this.client.list(`/api/v1/${collection}`).catch(() => undefined);
    const [volumes, claims] = [
      await list(`persistentvolumes?labelSelector=${encodeURIComponent(label)}`),
      await list("persistentvolumeclaims"),
    ];
    if (volumes === undefined || claims === undefined) return;
    const wanted = new Set(claims.map(volumeName));
    for (const { metadata } of volumes) {
      if (!wanted.has(metadata.name)) await this.remove(metadata.name);
    }
  }
}
