import { expect, it } from "vitest";
import { disarming } from "./chart-webhooks";
import type { KubeObject } from "./client";

const configuration = (webhooks?: object[]): KubeObject => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "chart", uid: "1", labels: { app: "chart" } },
  ...(webhooks && { webhooks }),
});
const service = { service: { name: "webhook", namespace: "chart" } };

it("disarms the webhooks that a Service would answer, and says nothing of the rest of them", () => {
  const chart = configuration([
    { name: "a", clientConfig: service, failurePolicy: "Fail", matchConditions: [{ name: "own", expression: "true" }] },
    { name: "b", clientConfig: { url: "https://127.0.0.1:1/" } },
  ]);
  const disarmed = disarming(chart)!;
  expect(disarmed).toEqual({
    ...configuration(),
    metadata: { name: "chart", uid: "1" },
    webhooks: [{ name: "a", matchConditions: [{ name: expect.any(String), expression: "false" }] }],
  });
  expect(disarming({ ...disarmed, webhooks: [{ ...disarmed.webhooks[0], clientConfig: service }] })).toBeUndefined();
});

it("leaves alone what has nothing to disarm", () => {
  expect(disarming(configuration())).toBeUndefined();
  expect(disarming(configuration([{ name: "b", clientConfig: { url: "https://127.0.0.1:1/" } }]))).toBeUndefined();
});
