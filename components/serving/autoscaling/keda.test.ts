import { describe, expect, it } from "vitest";
import { type KedaArgs, scaledObject } from "./keda";
import type { Vector } from "./promql";

const args = (change: Partial<KedaArgs> = {}): KedaArgs => ({
  target: { apiVersion: "apps/v1", kind: "Deployment", name: "qwen" },
  scale: { min: 1, max: 8 },
  replicas: 2,
  signals: [{ name: "waiting", query: "(sum(a) / 4)" as Vector }],
  prometheus: "https://prometheus.example.org",
  loadSeconds: 500,
  cooldownSeconds: 700,
  overflow: false,
  ...change,
});

describe("a ScaledObject", () => {
  it("wants as many replicas as a query says, and takes silence for a failure", () => {
    expect(scaledObject(args()).triggers).toEqual([
      {
        type: "prometheus",
        name: "waiting",
        metricType: "AverageValue",
        metadata: {
          serverAddress: "https://prometheus.example.org",
          query: "(sum(a) / 4)",
          threshold: "1",
          activationThreshold: "0",
          ignoreNullValues: "false",
        },
      },
    ]);
  });

  it("keeps what runs, and at least what was stated, while the load is unknown", () => {
    expect(scaledObject(args()).fallback).toEqual({
      failureThreshold: 3,
      replicas: 2,
      behavior: "currentReplicasIfHigher",
    });
    expect(scaledObject(args({ replicas: 0 })).fallback.replicas).toBe(1);
  });

  it("adds no faster than replicas load, and takes them away one by one after the cooldown", () => {
    const { behavior } = scaledObject(args()).advanced.horizontalPodAutoscalerConfig;
    expect(behavior.scaleUp).toMatchObject({
      stabilizationWindowSeconds: 0,
      policies: [
        { type: "Percent", value: 100, periodSeconds: 500 },
        { type: "Pods", value: 2, periodSeconds: 500 },
      ],
    });
    expect(behavior.scaleDown).toEqual({
      stabilizationWindowSeconds: 700,
      policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
    });
  });

  it("stays within what autoscaling/v2 accepts, however long a model loads", () => {
    const { behavior } = scaledObject(args({ loadSeconds: 4000, cooldownSeconds: 5000 })).advanced
      .horizontalPodAutoscalerConfig;
    expect(behavior).toMatchObject({
      scaleUp: { policies: [{ periodSeconds: 1800 }, { periodSeconds: 1800 }] },
      scaleDown: { stabilizationWindowSeconds: 3600 },
    });
  });

  it("goes to zero where it may, not while the first replica loads, and looks more often from there", () => {
    const spec = scaledObject(args({ scale: { min: 0, max: 2 } }));
    expect(spec).toMatchObject({
      minReplicaCount: 0,
      maxReplicaCount: 2,
      cooldownPeriod: 700,
      initialCooldownPeriod: 1200,
    });
    expect(spec.pollingInterval).toBeLessThan(scaledObject(args()).pollingInterval);
  });

  it("does not start dearer hardware for a tenth of a replica", () => {
    expect(scaledObject(args({ overflow: true })).triggers[0]!.metadata.activationThreshold).toBe("0.1");
  });
});
