import { describe, expect, it } from "vitest";
import { podProblems, ruleFor, waitForRule } from "./readiness";

const deployment = (status: object, generation = 2) => ({ metadata: { generation }, spec: { replicas: 2 }, status });
const ready = ruleFor("apps/v1", "Deployment")!;

describe("a deployment", () => {
  it.each([
    ["the controller has not seen it", { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 }, /not seen/],
    ["replicas are missing", { observedGeneration: 2, updatedReplicas: 1 }, /1 of 2 replicas are up to date/],
    [
      "replicas are not available",
      { observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 },
      /1 of 2 replicas are available/,
    ],
    [
      "old replicas linger",
      { observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 2 },
      /1 old replicas/,
    ],
  ])("is awaited while %s", (_, status, text) => {
    expect(ready(deployment(status))).toEqual({ ready: false, waiting: expect.stringMatching(text) });
  });

  it("is ready once every replica is new and available", () => {
    expect(
      ready(deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 })).ready,
    ).toBe(true);
  });
});

it("a failed job fails at once", () => {
  const failed = {
    spec: {},
    status: { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" }] },
  };
  expect(ruleFor("batch/v1", "Job")!(failed)).toEqual({
    ready: false,
    failed: "the job failed: BackoffLimitExceeded: too often",
  });
});

it("a pod says why it is not ready", () => {
  const pod = {
    status: {
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" },
      ],
      containerStatuses: [
        { name: "main", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
      ],
    },
  };
  expect(podProblems(pod)).toEqual([
    "Unschedulable: 0/3 nodes are available",
    "container main: ImagePullBackOff: no such image",
  ]);
});

describe("pulumi.com/waitFor", () => {
  const rule = (text: string) => waitForRule({ metadata: { annotations: { "pulumi.com/waitFor": text } } })!;
  const live = { status: { phase: "Active", conditions: [{ type: "Synced", status: "True" }] } };

  it.each([
    ["condition=Synced", true],
    ["condition=Synced=False", false],
    ["condition=Other", false],
    ["jsonpath={.status.phase}=Active", true],
    ["jsonpath={.status.conditions[0].type}", true],
    ["jsonpath={.status.none}", false],
    ['["condition=Synced", "jsonpath={.status.phase}=Gone"]', false],
  ])("%s", (text, expected) => expect(rule(text)(live).ready).toBe(expected));

  it("refuses what it does not understand", () => expect(() => rule("ready")).toThrow(/is not understood/));
});
