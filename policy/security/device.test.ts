import { expect, test } from "vitest";
import { contextWith, environmentWith } from "../fixtures";
import { describe as text, unknown, type Value } from "../rule";
import { device } from "./device";
import { deployment, fields, findings, kinds, object, restrictedContainer, restrictedPod, upstream } from "./testing";

const withContainer = (over: { readonly [key: string]: Value }, more: { readonly [key: string]: Value } = {}) =>
  deployment(restrictedPod({ containers: [restrictedContainer(over)], ...more }));
const counted = (name: string, more: { readonly [key: string]: Value } = {}) =>
  withContainer({ resources: { limits: { [name]: 1 } } }, more);
const main = "spec.template.spec.containers[0]";

test("says what it is", () => {
  expect(device).toMatchObject({ id: "security-device", concern: "security", severity: "high" });
  expect(device.title).toBe("Devices are claimed, not taken");
});

test("lets through claims, and what wants no device at all", () => {
  expect(
    findings(device, withContainer({ resources: { claims: [{ name: "gpu" }], limits: { memory: "1Gi" } } })),
  ).toEqual([]);
  expect(findings(device, withContainer({ env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "void" }] }))).toEqual([]);
});

test("reads aloud", () => {
  expect(text(findings(device, counted("nvidia.com/gpu"))[0]!)).toBe(
    `[security-device] thing (kubernetes:apps/v1:Deployment): ${main}.resources.limits["nvidia.com/gpu"] is "1", and the devices of ` +
      "every pool of the environment are claimed (devices.owner: dra). Remedy: claim devices by a ResourceClaimTemplate of a " +
      "DeviceClass of the pool.",
  );
});

test("GPUs are counted where the pool's owner counts them, and nowhere else", () => {
  const [pool] = environmentWith().pools;
  const plugin = {
    ...pool,
    name: "plugin",
    devices: { ...(pool as { devices: object }).devices, owner: "device-plugin" },
  };
  const environment = { ...environmentWith(), pools: [pool, plugin] } as never;
  const context = contextWith({ environment });
  expect(
    findings(device, counted("nvidia.com/gpu", { nodeSelector: { "ai-platform/pool": "plugin" } }), context),
  ).toEqual([]);
  expect(
    findings(device, counted("nvidia.com/gpu", { nodeSelector: { "ai-platform/pool": "gpu" } }), context),
  ).toMatchObject([
    { kind: "violation", message: "and the devices of pool gpu are claimed; they are counted in plugin alone" },
  ]);
});

test.each([
  [
    "every device by a variable",
    withContainer({ env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] }),
    `${main}.env[0].value`,
  ],
  [
    "a device's path",
    deployment(restrictedPod({ volumes: [{ name: "d", hostPath: { path: "/dev/nvidia0" } }] })),
    "spec.template.spec.volumes[0].hostPath.path",
  ],
  [
    "the runtime of another",
    deployment(restrictedPod({ runtimeClassName: "nvidia" })),
    "spec.template.spec.runtimeClassName",
  ],
  [
    "others' devices",
    object("resource.k8s.io/v1:ResourceClaim", {
      spec: { devices: { requests: [{ exactly: { adminAccess: true } }] } },
    }),
    "spec.devices.requests[0].exactly.adminAccess",
  ],
  [
    "a namespace of administrators",
    object("core/v1:Namespace", { metadata: { name: "a", labels: { "resource.kubernetes.io/admin-access": "true" } } }),
    'metadata.labels["resource.kubernetes.io/admin-access"]',
  ],
] as const)("refuses %s", (_name, resource, field) => {
  expect(fields(device, resource)).toEqual([field]);
});

test("the drivers themselves reach devices, in their own namespaces", () => {
  const driver = deployment(restrictedPod({ volumes: [{ name: "d", hostPath: { path: "/dev/nvidia0" } }] }));
  expect(findings(device, upstream(driver, "gpu-operator", "gpu-operator"))).toEqual([]);
});

test("a path not known yet is deferred to up, and refused there", () => {
  expect(kinds(device, deployment(restrictedPod({ volumes: [{ name: "d", hostPath: { path: unknown } }] })))).toEqual([
    "deferred",
    "violation",
  ]);
});
