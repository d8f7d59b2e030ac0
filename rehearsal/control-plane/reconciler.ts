import type { ControlPlaneClient } from "./client";

/** How long, in milliseconds, to wait before what failed, or is not there yet, is tried again. */
const again = 1_000;

/**
 * Runs a function once at a time, whenever something changes in any of the watched collections, and again when it fails.
 * The function looks at everything: it need not know what changed. Until there is something in the first collection,
 * whose kind need not be served yet, nothing else is watched.
 */
export class Reconciler {
  private readonly watching = new Set<() => void>();
  private begun = false;
  private running = false;
  private wanted = false;
  private ending = false;

  constructor(
    private readonly client: ControlPlaneClient,
    private readonly collections: readonly string[],
    private readonly reconcile: () => Promise<void>,
  ) {}

  start(): void {
    this.watch(this.collections[0]!);
  }

  /** Nothing is begun after this. What runs ends by itself. */
  stop(): void {
    this.ending = true;
    for (const stop of this.watching) stop();
  }

  private watch(collection: string): void {
    // Without a version to begin at, a watch begins with every object that is there.
    const { ended, stop } = this.client.watch(collection, () => this.changed());
    this.watching.add(stop);
    void ended.then(() => {
      this.watching.delete(stop);
      if (!this.ending) setTimeout(() => !this.ending && this.watch(collection), again);
    });
  }

  private changed(): void {
    if (!this.begun) for (const collection of this.collections.slice(1)) this.watch(collection);
    this.begun = true;
    void this.run();
  }

  private async run(): Promise<void> {
    this.wanted = true;
    if (this.running) return;
    this.running = true;
    while (this.wanted && !this.ending) {
      this.wanted = false;
      try {
        await this.reconcile();
      } catch {
        // Objects come and go meanwhile. What is wrong for good shows in what the rehearsal waits for.
        await new Promise((resolve) => setTimeout(resolve, again));
        this.wanted = true;
      }
    }
    this.running = false;
  }
}
