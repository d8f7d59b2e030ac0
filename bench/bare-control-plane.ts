import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../rehearsal/control-plane/ports";
import type { Context } from "./case";

/** Milliseconds within which it must be ready, and between two questions whether it is: as long as ours waits. */
const readyWithin = 60_000;
const askEvery = 100;

export interface BareControlPlane {
  stop(): Promise<void>;
}

/** etcd and kube-apiserver with the fewest flags with which they start and know who asks, until /readyz answers. */
export async function startBareControlPlane(
  { children, signal, tools }: Context,
  folder: string,
): Promise<BareControlPlane> {
  const file = (name: string) => path.join(folder, name);
  await mkdir(folder, { recursive: true });
  const [etcdPort, peerPort, port] = (await freePorts(3)) as [number, number, number];
  const token = randomUUID();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(file("service-account.key"), privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  await writeFile(file("tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const start = (name: "etcd" | "kube-apiserver", args: string[]) =>
    children.start(tools.needed[name]!.path, args, {
      log: file(`${name}.log`),
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
    });
  const etcd = start("etcd", [
    `--data-dir=${file("etcd")}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // As ours does: with waiting for the disk the bare one would be slower and the comparison too kind.
    "--unsafe-no-fsync",
  ]);
  const apiserver = start("kube-apiserver", [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    // Without a default route there is no address to reconcile the kubernetes Service with.
    "--endpoint-reconciler-type=none",
    `--secure-port=${port}`,
    `--cert-dir=${file("certificates")}`,
    `--token-auth-file=${file("tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("service-account.key")}`,
    `--service-account-signing-key-file=${file("service-account.key")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
  ]);
  const stop = async () => {
    // The API server first: without etcd it would only log.
    await children.end(apiserver);
    await children.end(etcd);
  };
  try {
    await ready(port, token, [etcd, apiserver], signal);
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    const logs = await Promise.all(["etcd", "kube-apiserver"].map((name) => tail(file(`${name}.log`))));
    throw new Error(`the bare control plane does not come up: ${(error as Error).message}\n${logs.join("\n")}`);
  }
  return { stop };
}

async function ready(port: number, token: string, processes: ChildProcess[], signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyWithin;
  while (!(await answers(port, token))) {
    signal.throwIfAborted();
    const ended = processes.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
    if (ended) throw new Error(`${ended.spawnfile} ended by itself`);
    if (Date.now() > deadline) throw new Error(`not ready within ${readyWithin / 1000} s`);
    await sleep(askEvery);
  }
}

function answers(port: number, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        path: "/readyz",
        headers: { authorization: `Bearer ${token}` },
        // It signs its certificate itself, and is asked on loopback whether it is there, nothing more.
        rejectUnauthorized: false,
        agent: false,
        timeout: 2000,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(false));
    asked.end();
  });
}

const tail = async (file: string) => {
  const text = await readFile(file, "utf8").catch(() => "");
  return `last lines of ${path.basename(file)}:\n${text.trimEnd().split("\n").slice(-5).join("\n")}`;
};
