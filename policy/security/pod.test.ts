import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { type Properties, describe as text, unknown, type Value } from "../rule";
import { pod } from "./pod";
import { deployment, fields, findings, kinds, object, restrictedContainer, restrictedPod, upstream } from "./testing";

const spec = "spec.template.spec";
const main = `${spec}.containers[0]`;
const base = restrictedContainer().securityContext as Properties;
const withContainer = (over: { readonly [key: string]: Value }) =>
  deployment(restrictedPod({ containers: [restrictedContainer(over)] }));
const withContext = (over: { readonly [key: string]: Value }) =>
  withContainer({ securityContext: { ...base, ...over } });
const namespace = (name: string, labels: Properties) =>
  resourceWith("kubernetes:core/v1:Namespace", { metadata: { name, labels } });
const level = (value: Value): Properties => ({ "pod-security.kubernetes.io/enforce": value });

test("says what it is", () => {
  expect(pod).toMatchObject({ id: "security-pod", concern: "security", severity: "critical" });
  expect(pod.title).toBe("Pods are restricted");
});

test("lets through what the platform makes, and what holds no pod", () => {
  expect(findings(pod, deployment(restrictedPod()))).toEqual([]);
  expect(findings(pod, namespace("tenant-search", level("restricted")))).toEqual([]);
  expect(pod.applies(object("core/v1:Service", { spec: {} }), {} as never)).toBe(false);
  expect(
    findings(pod, object("apiextensions.k8s.io/v1:CustomResourceDefinition", { spec: { hostNetwork: true } })),
  ).toEqual([]);
});

test("names the field, what is wrong and what to do", () => {
  expect(text(findings(pod, withContext({ privileged: true }))[0]!)).toBe(
    `[security-pod] thing (kubernetes:apps/v1:Deployment): ${main}.securityContext.privileged is "true", ` +
      "which gives it the node. Remedy: state what Pod Security restricted asks for, as components/security.ts does.",
  );
});

test.each<[string, ReturnType<typeof deployment>]>([
  [`${spec}.hostNetwork`, deployment(restrictedPod({ hostNetwork: true }))],
  [`${spec}.hostPID`, deployment(restrictedPod({ hostPID: true }))],
  [`${spec}.hostIPC`, deployment(restrictedPod({ hostIPC: "true" }))],
  [`${spec}.volumes[0].hostPath`, deployment(restrictedPod({ volumes: [{ name: "v", hostPath: { path: "/" } }] }))],
  [`${spec}.volumes[0].nfs`, deployment(restrictedPod({ volumes: [{ name: "v", nfs: { server: "a", path: "/" } }] }))],
  [
    `${spec}.securityContext.sysctls[0].name`,
    deployment(
      restrictedPod({
        securityContext: {
          runAsNonRoot: true,
          seccompProfile: { type: "RuntimeDefault" },
          sysctls: [{ name: "kernel.msgmax", value: "1" }],
        },
      }),
    ),
  ],
  [`${main}.ports[0].hostPort`, withContainer({ ports: [{ containerPort: 1, hostPort: 8080 }] })],
  [`${main}.securityContext.procMount`, withContext({ procMount: "Unmasked" })],
  [`${main}.securityContext.allowPrivilegeEscalation`, withContext({ allowPrivilegeEscalation: undefined })],
  [`${main}.securityContext.capabilities.drop`, withContext({ capabilities: {} })],
  [`${main}.securityContext.capabilities.add[0]`, withContext({ capabilities: { drop: ["ALL"], add: ["CHOWN"] } })],
  [`${main}.securityContext.runAsUser`, withContext({ runAsUser: 0 })],
  [`${main}.securityContext.runAsNonRoot`, withContext({ runAsNonRoot: false })],
  [`${main}.securityContext.seccompProfile.type`, withContext({ seccompProfile: { type: "Unconfined" } })],
  [`${main}.securityContext.appArmorProfile.type`, withContext({ appArmorProfile: { type: "Unconfined" } })],
  [`${main}.securityContext.seLinuxOptions.type`, withContext({ seLinuxOptions: { type: "spc_t" } })],
  [`${main}.securityContext.seLinuxOptions.user`, withContext({ seLinuxOptions: { user: "root" } })],
  [`${main}.securityContext.windowsOptions.hostProcess`, withContext({ windowsOptions: { hostProcess: true } })],
  [
    `${main}.lifecycle.preStop.httpGet.host`,
    withContainer({ lifecycle: { preStop: { httpGet: { host: "10.0.0.1", port: 1 } } } }),
  ],
])("refuses %s", (field, resource) => {
  expect(findings(pod, resource)).toMatchObject([{ kind: "violation", field }]);
});

test("NET_BIND_SERVICE alone may be added", () => {
  expect(fields(pod, withContext({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }))).toEqual([]);
});

test("a pod without contexts is told of each", () => {
  expect(fields(pod, deployment({ containers: [{ name: "x" }] }))).toEqual([
    `${main}.securityContext.allowPrivilegeEscalation`,
    `${main}.securityContext.runAsNonRoot`,
    `${main}.securityContext.seccompProfile.type`,
    `${main}.securityContext.capabilities.drop`,
  ]);
});

test.each<[string, Value]>([
  ["baseline where it is restricted", "baseline"],
  ["no level", undefined],
  ["a word that is none", "Restricted"],
])("refuses a namespace of %s", (_name, value) => {
  expect(findings(pod, namespace("tenant-search", level(value)))).toMatchObject([{ kind: "violation" }]);
});

test("namespaces of node agents may be open, and only those", () => {
  expect(findings(pod, namespace("gpu-operator", level("privileged")))).toEqual([]);
  expect(findings(pod, namespace("kai-scheduler", level("privileged")))).toMatchObject([{ kind: "violation" }]);
});

test("what upstream's charts leave out is said; what reaches the node is refused where the namespace is not for it", () => {
  const plain = deployment({ containers: [{ name: "x" }] });
  expect(new Set(findings(pod, upstream(plain, "keda", "keda")).map(({ kind }) => kind))).toEqual(
    new Set(["unverified"]),
  );
  const host = deployment(restrictedPod({ hostNetwork: true }));
  expect(findings(pod, upstream(host, "keda", "keda"))).toMatchObject([{ kind: "violation" }]);
  expect(findings(pod, upstream(host, "spire", "spire-system"))).toEqual([]);
  expect(findings(pod, upstream(host, "keda", "spire-system"))).toMatchObject([{ kind: "violation" }]);
});

test.each<[string, ReturnType<typeof deployment>]>([
  ["the pod", object("apps/v1:Deployment", { spec: { template: unknown } })],
  ["a container's context", withContainer({ securityContext: unknown })],
  ["a volume", deployment(restrictedPod({ volumes: [unknown] }))],
  ["the level of a namespace", namespace("tenant-search", level(unknown))],
])("%s not known yet is deferred to up, and refused there", (_name, resource) => {
  expect(kinds(pod, resource)).toEqual(["deferred", "violation"]);
});
