import path from "node:path";
import { stringify } from "yaml";
import type { Pki } from "./pki";

/** The binaries that make up a control plane, by absolute path. */
export interface Binaries {
  readonly etcd: string;
  readonly "kube-apiserver": string;
  readonly "kube-controller-manager": string;
  readonly "kube-scheduler": string;
  readonly kwok: string;
}

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kai: number;
  readonly kaiPlugins: number;
  readonly lws: number;
}

export type ProcessName = keyof Binaries;

/** The file names, below the data folder, that the processes read. */
export const files = {
  kubeconfig: (identity: string) => `${identity}.kubeconfig`,
  schedulerConfig: "scheduler.yaml",
  kwokConfig: "kwok.yaml",
  instanceTypes: "instance-types.json",
};

/**
 * The configuration of the real kube-scheduler. Unless KAI itself runs, a second profile answers to KAI's name, so that
 * pods which ask for `kai-scheduler` are placed; it has no queues, quotas or gangs.
 */
export function schedulerConfiguration(folder: string, kaiRuns: boolean): string {
  const profiles = ["default-scheduler", ...(kaiRuns ? [] : ["kai-scheduler"])];
  return stringify({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    // The default client limits, not the scheduler, would decide how long a rehearsal takes.
    clientConnection: { kubeconfig: path.join(folder, files.kubeconfig("scheduler")), qps: 1000, burst: 2000 },
    leaderElection: { leaderElect: false },
    profiles: profiles.map((schedulerName) => ({ schedulerName })),
  });
}

/**
 * The command line of each process, in the order in which they start. They stop in the opposite order. `webhooksCalled`:
 * whether there is a server that answers webhooks.
 */
export function commandLines(
  folder: string,
  pki: Pki,
  ports: Ports,
  webhooksCalled: boolean,
): Record<ProcessName, string[]> {
  const file = (name: string) => path.join(folder, name);
  const kubeconfig = (identity: keyof Pki["clients"]) => file(files.kubeconfig(identity));
  const delegated = (identity: keyof Pki["clients"]) => [
    `--kubeconfig=${kubeconfig(identity)}`,
    `--authentication-kubeconfig=${kubeconfig(identity)}`,
    `--authorization-kubeconfig=${kubeconfig(identity)}`,
    "--bind-address=127.0.0.1",
    `--tls-cert-file=${pki.server.cert}`,
    `--tls-private-key-file=${pki.server.key}`,
  ];
  const etcd = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    etcd: [
      "--name=rehearsal",
      `--data-dir=${file("etcd")}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=rehearsal=${peer}`,
      `--cert-file=${pki.server.cert}`,
      `--key-file=${pki.server.key}`,
      `--trusted-ca-file=${pki.ca}`,
      "--client-cert-auth",
      `--peer-cert-file=${pki.server.cert}`,
      `--peer-key-file=${pki.server.key}`,
      `--peer-trusted-ca-file=${pki.ca}`,
      "--peer-client-cert-auth",
      // A rehearsal's data may be lost with the machine's power; waiting for the disk buys nothing.
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    "kube-apiserver": [
      `--etcd-servers=${etcd}`,
      `--etcd-cafile=${pki.ca}`,
      `--etcd-certfile=${pki.clients["etcd-client"].cert}`,
      `--etcd-keyfile=${pki.clients["etcd-client"].key}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      // Without a default route there is no address to reconcile the kubernetes Service with.
      "--endpoint-reconciler-type=none",
      `--secure-port=${ports.apiserver}`,
      `--tls-cert-file=${pki.server.cert}`,
      `--tls-private-key-file=${pki.server.key}`,
      `--client-ca-file=${pki.ca}`,
      "--anonymous-auth=false",
      // No aggregated API server is trusted; the controllers still want to read that there is such a CA.
      `--requestheader-client-ca-file=${pki.ca}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--authorization-mode=Node,RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${pki.serviceAccount.pub}`,
      `--service-account-signing-key-file=${pki.serviceAccount.key}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      "--enable-admission-plugins=NodeRestriction,PodSecurity,ValidatingAdmissionPolicy",
      // Pods run nothing here, so no webhook server of a chart would ever answer; charts that bring webhooks would block
      // themselves. Where some are called, those of charts are disarmed one by one (chart-webhooks.ts).
      ...(webhooksCalled ? [] : ["--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook"]),
      "--allow-privileged=true",
      "--profiling=false",
    ],
    "kube-controller-manager": [
      ...delegated("controller-manager"),
      `--secure-port=${ports.controllerManager}`,
      `--service-account-private-key-file=${pki.serviceAccount.key}`,
      `--root-ca-file=${pki.ca}`,
      `--cluster-signing-cert-file=${pki.ca}`,
      `--cluster-signing-key-file=${pki.caKey}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
      // A laptop that slept must not find its nodes lost and its pods evicted.
      "--node-monitor-grace-period=1h",
      "--profiling=false",
    ],
    "kube-scheduler": [
      `--config=${file(files.schedulerConfig)}`,
      ...delegated("scheduler").filter((flag) => !flag.startsWith("--kubeconfig=")),
      `--secure-port=${ports.scheduler}`,
      "--profiling=false",
    ],
    kwok: [
      `--kubeconfig=${kubeconfig("kwok")}`,
      `--config=${file(files.kwokConfig)}`,
      "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
      "--node-lease-duration-seconds=40",
      "--cidr=10.244.0.0/16",
      "--node-ip=127.0.0.1",
    ],
  };
}
