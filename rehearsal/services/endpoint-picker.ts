import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { stringify } from "yaml";
import type { EndpointPickerConfig } from "../../components/serving/picker-config";
import { freePorts } from "../control-plane/ports";
import { Cleanup } from "../toolchain/cleanup";
import { asSchedulerV04 } from "./scheduler-config";

export interface EndpointPickerOptions {
  /** The tool `endpoint-picker`. */
  readonly binary: string;
  /** Where its configuration and its log are put. */
  readonly folder: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Name of the InferencePool, which may come later. */
  readonly pool: string;
  /** As the product writes it. */
  readonly config: EndpointPickerConfig;
}

export interface RunningPicker {
  /** Where it answers Envoy, in plain gRPC. */
  readonly address: string;
  /** Where it tells of itself. */
  readonly metricsUrl: string;
  /** Ends it and whatever it started. */
  stop(): void;
}

/** Milliseconds within which it must have found its pool, and between two questions whether it has. */
const readyWithin = 60_000;
const askEvery = 100;

/**
 * Starts the real endpoint picker of a pool and waits until it knows the pool. It ends with this process, even when that
 * is killed.
 *
 * @throws Error with the last lines of its log where it does not come up.
 */
export async function startEndpointPicker(options: EndpointPickerOptions): Promise<RunningPicker> {
  const { binary, folder, kubeconfig, namespace, pool } = options;
  await mkdir(folder, { recursive: true });
  const configFile = path.join(folder, "endpoint-picker.yaml");
  const logFile = path.join(folder, "endpoint-picker.log");
  await writeFile(configFile, stringify(asSchedulerV04(options.config)));
  const [port, healthPort, metricsPort] = (await freePorts(3)) as [number, number, number];
  const cleanup = new Cleanup();
  const picker = cleanup.spawn(
    binary,
    [
      `--pool-name=${pool}`,
      `--pool-namespace=${namespace}`,
      `--config-file=${configFile}`,
      `--grpc-port=${port}`,
      `--grpc-health-port=${healthPort}`,
      `--metrics-port=${metricsPort}`,
      "--secure-serving=false",
      "--metrics-endpoint-auth=false",
      "--tracing=false",
      "--enable-pprof=false",
      // Its default is the name that vLLM gave the metric before; the production picker's is this one.
      "--kv-cache-usage-percentage-metric=vllm:kv_cache_usage_perc",
      "--refresh-prometheus-metrics-interval=200ms",
      "--v=1",
    ],
    { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig } },
  );
  picker.stderr?.pipe(createWriteStream(logFile));
  try {
    await ready(`127.0.0.1:${healthPort}`, () => picker.exitCode !== null || picker.signalCode !== null);
  } catch (error) {
    cleanup.end();
    const log = await readFile(logFile, "utf8").catch(() => "");
    throw new Error(`the endpoint picker of ${namespace}/${pool} ${(error as Error).message}; the end of its log:
${log.trimEnd().split("\n").slice(-8).join("\n")}`);
  }
  return {
    address: `127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    stop: () => cleanup.end(),
  };
}

async function ready(address: string, ended: () => boolean): Promise<void> {
  const deadline = Date.now() + readyWithin;
  const client = new Client(address, credentials.createInsecure());
  try {
    while (!(await serves(client))) {
      if (ended()) throw new Error("ended by itself");
      if (Date.now() > deadline) throw new Error(`found no pool within ${readyWithin / 1000} s`);
      await sleep(askEvery);
    }
  } finally {
    client.close();
  }
}

/** Asks over grpc.health.v1, whose answer has the one field `status`, 1 for serving. */
const serves = (client: Client): Promise<boolean> =>
  new Promise((resolve) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      () => Buffer.alloc(0),
      (answer: Buffer) => answer.equals(Buffer.from([8, 1])),
      null,
      { deadline: Date.now() + 2000 },
      (_error, serving) => resolve(serving ?? false),
    );
  });
