import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { kinds, type Release } from "../../catalog/release";
import { releases } from "../../catalog/releases";
import { pickerDefinitions } from "../../catalog/tools";
import type { EndpointPickerConfig } from "../../components/serving/picker-config";
import { ApiError, type ControlPlaneClient } from "../control-plane";
import { freePorts } from "../control-plane/ports";
import { DefinitionSource } from "../mirror/definitions";
import { type RunningPicker, startEndpointPicker } from "./endpoint-picker";
import { type Choice, ExtProcClient } from "./ext-proc";
import { ModelServer, type ModelServerOptions } from "./model-server";

/** A server of a pool: what its pod is called and which part of the work it has. */
export interface PoolServer {
  readonly name: string;
  readonly role: "prefill" | "decode" | "both";
}

export interface PoolOptions {
  readonly client: ControlPlaneClient;
  readonly kubeconfig: string;
  /** The tool `endpoint-picker`. */
  readonly binary: string;
  readonly folder: string;
  /** Made if need be. */
  readonly namespace: string;
  /** Name of the pool, and of the model that its servers serve. */
  readonly name: string;
  readonly config: EndpointPickerConfig;
  readonly servers: readonly PoolServer[];
  readonly simulation: Omit<ModelServerOptions, "model" | "address" | "port">;
}

const extension = "inference.networking.k8s.io";
/** Where the kinds lie that the picker of a rehearsal knows and the product has from llm-d.ai. */
const formerExtension = "inference.networking.x-k8s.io";
const readyWithin = 30_000;

/**
 * An InferencePool that is served: the real endpoint picker, and simulated model servers on loopback addresses of their
 * own, whose pods are in the API server with these addresses. On Linux only, where all of 127.0.0.0/8 is the machine's own.
 */
export class SimulatedPool {
  readonly #options: PoolOptions;
  readonly #servers = new Map<string, ModelServer>();
  readonly #port: number;
  #picker: RunningPicker | undefined;
  #asked: ExtProcClient | undefined;

  private constructor(options: PoolOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  /** @throws Error where something of it does not come up; nothing of it is left then. */
  static async start(options: PoolOptions): Promise<SimulatedPool> {
    const [port] = (await freePorts(1)) as [number];
    const pool = new SimulatedPool(options, port);
    try {
      await pool.#start();
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  get servers(): ReadonlyMap<string, ModelServer> {
    return this.#servers;
  }

  /** The name of the server at `address:port`. */
  nameOf(endpoint: string | undefined): string | undefined {
    return [...this.#servers].find(([, server]) => server.endpoint === endpoint)?.[0];
  }

  /** What the picker says of a completion, as Envoy would ask it. */
  choose(prompt: string, options: { readonly objective?: string } = {}): Promise<Choice> {
    return this.#asked!.choose({ model: this.#options.name, prompt }, options);
  }

  /** An objective of the pool; a request that names it has its priority. */
  async objective(name: string, priority: number): Promise<void> {
    await this.#apply(`/apis/${formerExtension}/v1alpha2/namespaces/${this.#options.namespace}/inferenceobjectives`, {
      apiVersion: `${formerExtension}/v1alpha2`,
      kind: "InferenceObjective",
      metadata: { name },
      spec: { priority, poolRef: { group: extension, name: this.#options.name } },
    });
  }

  /** Takes a server's pod away. The server itself goes on, as one would whose pod is being deleted. */
  async remove(name: string): Promise<void> {
    await this.#options.client.delete(`${this.#pods}/${name}`);
  }

  /** Ends the picker and the servers, and takes their pods and the pool away. */
  async stop(): Promise<void> {
    const { client, namespace, name } = this.#options;
    this.#asked?.close();
    this.#picker?.stop();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    for (const pod of this.#servers.keys()) await client.delete(`${this.#pods}/${pod}`).catch(() => {});
    await client.delete(`/apis/${extension}/v1/namespaces/${namespace}/inferencepools/${name}`).catch(() => {});
  }

  get #pods(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/pods`;
  }

  async #start(): Promise<void> {
    const { namespace, name, servers, config, binary, folder, kubeconfig } = this.#options;
    await this.#define();
    await this.#apply("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await this.#apply(`/apis/${extension}/v1/namespaces/${namespace}/inferencepools`, {
      apiVersion: `${extension}/v1`,
      kind: "InferencePool",
      metadata: { name },
      spec: {
        selector: { matchLabels: { "llm-d.ai/model": name } },
        targetPorts: [{ number: this.#port }],
        endpointPickerRef: { name: `${name}-picker`, port: { number: 9002 }, failureMode: "FailClose" },
      },
    });
    for (const [index, server] of servers.entries()) await this.#serve(server, `127.0.1.${index + 1}`);
    this.#picker = await startEndpointPicker({ binary, folder, kubeconfig, namespace, pool: name, config });
    this.#asked = new ExtProcClient(this.#picker.address);
    await this.#until(`${servers.length} servers`, async () => (await this.#known()) === servers.length);
  }

  /** Servers that the picker knows, by its own account. */
  async #known(): Promise<number> {
    const text = await (await fetch(this.#picker!.metricsUrl)).text();
    return Number(/^inference_pool_ready_pods\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
  }

  async #serve({ name, role }: PoolServer, address: string): Promise<void> {
    const { name: model, namespace, simulation } = this.#options;
    const server = new ModelServer({ ...simulation, model, address, port: this.#port });
    await server.listen();
    this.#servers.set(name, server);
    await this.#apply(this.#pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { "llm-d.ai/model": model, "llm-d.ai/role": role } },
      spec: {
        // Nobody places it, so that nobody gives it another address.
        schedulerName: "none",
        containers: [{ name: "vllm", image: "example.test/image" }],
      },
    });
    await this.#options.client.request(
      "PATCH",
      `${this.#pods}/${name}/status`,
      {
        status: {
          phase: "Running",
          podIP: address,
          podIPs: [{ ip: address }],
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: new Date().toISOString() }],
        },
      },
      "application/merge-patch+json",
    );
  }

  /** The kinds that the picker watches: pools as the product has them, objectives in the group that this picker knows. */
  async #define(): Promise<void> {
    const source = new DefinitionSource({ go: "go", crdDir: process.env.CRD_DIR, env: process.env });
    const current = releases["inference-extension"];
    const former: Release = {
      ...current,
      version: pickerDefinitions.version,
      crdModule: pickerDefinitions,
      crds: kinds(formerExtension, "Namespaced", ["InferenceObjective", "inferenceobjectives", "v1alpha2"]),
    };
    for (const release of [current, former]) {
      for (const { text } of (await source.of(release)).files) {
        await this.#apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", parse(text));
      }
    }
  }

  /** Tries until the API server takes it: a kind, or a namespace's account, may be on its way. */
  async #apply(
    collection: string,
    object: {
      apiVersion: string;
      kind: string;
      metadata: { name: string; [field: string]: unknown };
      [field: string]: unknown;
    },
  ): Promise<void> {
    let refusal: unknown;
    await this.#until(
      () => `${object.kind} ${object.metadata.name}: ${refusal instanceof Error ? refusal.message : refusal}`,
      async () => {
        try {
          await this.#options.client.apply(`${collection}/${object.metadata.name}`, object, {
            fieldManager: "services",
          });
          return true;
        } catch (error) {
          refusal = error;
          if (error instanceof ApiError && [403, 404, 409].includes(error.status)) return false;
          throw error;
        }
      },
    );
  }

  async #until(what: string | (() => string), holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + readyWithin;
    while (!(await holds())) {
      if (Date.now() > deadline) {
        const missing = typeof what === "string" ? what : what();
        throw new Error(`the pool ${this.#options.name} is not ready within ${readyWithin / 1000} s: ${missing}`);
      }
      await sleep(100);
    }
  }
}
