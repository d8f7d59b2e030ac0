import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ControlPlaneClient, KubeObject } from "../../control-plane";
import type { Json } from "../kubernetes/values";
import { ProviderEngine } from "../testing";
import { aws } from "./aws";
import type { RehearsalControlPlane } from "./control-plane";
import { gcp } from "./gcp";
import type { CloudObject } from "./kind";
import { CloudProvider } from "./provider";

/** A control plane that only remembers what is applied to it. */
export class FakeControlPlane implements RehearsalControlPlane {
  readonly endpoint = "https://127.0.0.1:6443";
  readonly certificateAuthority = "Y2VydGlmaWNhdGU=";
  readonly objects = new Map<string, KubeObject>();
  /** What applying answers with instead, if anything. */
  failure: Error | undefined;

  readonly client = {
    list: async (collection: string) =>
      [...this.objects].filter(([at]) => at.startsWith(`${collection.split("?")[0]}/`)).map(([, object]) => object),
    apply: async (at: string, object: KubeObject) => {
      if (this.failure) throw this.failure;
      if (!at.endsWith("/status")) this.objects.set(at, object);
      return object;
    },
    delete: async (at: string) => {
      this.objects.delete(at);
    },
  } as unknown as ControlPlaneClient;

  get nodes(): KubeObject[] {
    return [...this.objects.values()].filter(({ kind }) => kind === "Node");
  }
}

export interface TestCloud {
  readonly engine: ProviderEngine;
  readonly plane: FakeControlPlane;
  readonly folder: string;
  /** Where the world and what the rehearsal says of it are. */
  readonly cloud: string;
  /** Another provider process on the same world, such as the one of another region. */
  another(config: Readonly<Record<string, string>>): Promise<ProviderEngine>;
  /** The world as the file has it. */
  objects(): CloudObject[];
  /** Edits the world behind the provider's back. */
  edit(change: (objects: { type: string; id: string; state: Json }[]) => void): void;
  /** Writes a file of the cloud's folder, such as faults.json. */
  write(name: string, content: unknown): void;
  stop(): Promise<void>;
}

/** A simulated cloud in a folder of its own, with the engine's part played by the test. */
export async function testCloud(name: "aws" | "gcp", config: Readonly<Record<string, string>>): Promise<TestCloud> {
  const folder = mkdtempSync(path.join(tmpdir(), "cloud-"));
  const plane = new FakeControlPlane();
  const engines: ProviderEngine[] = [];
  const start = async (settings: Readonly<Record<string, string>>) => {
    const options = { folder, controlPlane: async () => plane };
    const provider = name === "aws" ? new CloudProvider(aws, options) : new CloudProvider(gcp, options);
    const variables = Object.entries(settings).map(([key, value]) => [`${name}:config:${key}`, value]);
    const engine = await ProviderEngine.start(provider.service(), Object.fromEntries(variables));
    engines.push(engine);
    return engine;
  };
  const cloud = path.join(folder, "cloud");
  const file = path.join(cloud, `${name}.json`);
  const read = () => JSON.parse(readFileSync(file, "utf8"));
  try {
    return {
      engine: await start(config),
      plane,
      folder,
      cloud,
      another: start,
      objects: () => read().objects,
      edit(change) {
        const world = read();
        change(world.objects);
        writeFileSync(file, JSON.stringify(world));
      },
      write(at, content) {
        mkdirSync(cloud, { recursive: true });
        writeFileSync(path.join(cloud, at), JSON.stringify(content));
      },
      async stop() {
        await Promise.all(engines.map((engine) => engine.stop()));
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
