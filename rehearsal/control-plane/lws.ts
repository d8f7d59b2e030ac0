import type { Environment } from "../../stacks/environment";
import type { KubeObject } from "./client";
import type { Pki } from "./pki";

/**
 * Whether a replica of some model spans nodes, which makes it a LeaderWorkerSet. Every role has `nodes`, whatever the
 * roles are and wherever in a model they stand.
 */
export function spansNodes({ models, team }: Pick<Environment, "models" | "team">): boolean {
  return [...models, ...(team?.models ?? [])].some(hasManyNodes);
}

function hasManyNodes(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { nodes } = value as { nodes?: unknown };
  return (typeof nodes === "number" && nodes > 1) || Object.values(value).some(hasManyNodes);
}

/** The controller's command line. It reads $KUBECONFIG. */
export function lwsCommandLine({ server }: Pick<Pki, "server">, port: number): string[] {
  return [
    `--webhook-port=${port}`,
    `--tls-cert-file=${server.cert}`,
    `--tls-private-key-file=${server.key}`,
    "--qps=1000",
    "--burst=2000",
  ];
}

const group = "admissionregistration.k8s.io";

interface Webhook {
  readonly name: string;
  readonly path: string;
  readonly rule: readonly [apiGroup: string, resource: string, operations: readonly string[]];
  /** Pods that belong to a LeaderWorkerSet, and no others. */
  readonly ofSets?: boolean;
}

const set = (resource: string) => [`${resource.slice(0, -1)}.x-k8s.io`, resource, ["CREATE", "UPDATE"]] as const;

/**
 * The objects that make the API server call the controller's webhooks, by path. They are upstream's own (config/webhook
 * at v0.9.0), failure policy and selectors included, but for where the server is: while it is down, objects of
 * LeaderWorkerSet are refused and everything else is let through.
 */
export function lwsWebhooks(port: number, ca: string): [string, KubeObject][] {
  const configuration = (kind: string, webhooks: readonly Webhook[]): [string, KubeObject] => [
    `/apis/${group}/v1/${kind.toLowerCase()}s/rehearsal-lws`,
    {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: "rehearsal-lws" },
      webhooks: webhooks.map(({ name, path, rule: [apiGroup, resource, operations], ofSets }) => ({
        name,
        admissionReviewVersions: ["v1"],
        clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle: Buffer.from(ca).toString("base64") },
        failurePolicy: "Fail",
        sideEffects: "None",
        rules: [{ apiGroups: [apiGroup], apiVersions: ["v1"], resources: [resource], operations }],
        ...(ofSets && {
          objectSelector: { matchExpressions: [{ key: "leaderworkerset.sigs.k8s.io/name", operator: "Exists" }] },
        }),
      })),
    },
  ];
  const sets = set("leaderworkersets");
  return [
    configuration("MutatingWebhookConfiguration", [
      { name: "mleaderworkerset.kb.io", path: "/mutate-leaderworkerset-x-k8s-io-v1-leaderworkerset", rule: sets },
      { name: "mpod.kb.io", path: "/mutate--v1-pod", rule: ["", "pods", ["CREATE"]], ofSets: true },
    ]),
    configuration("ValidatingWebhookConfiguration", [
      { name: "vleaderworkerset.kb.io", path: "/validate-leaderworkerset-x-k8s-io-v1-leaderworkerset", rule: sets },
      { name: "vpod.kb.io", path: "/validate--v1-pod", rule: ["", "pods", ["CREATE", "UPDATE"]], ofSets: true },
      {
        name: "vdisaggregatedset.kb.io",
        path: "/validate-disaggregatedset-x-k8s-io-v1-disaggregatedset",
        rule: set("disaggregatedsets"),
      },
    ]),
  ];
}
