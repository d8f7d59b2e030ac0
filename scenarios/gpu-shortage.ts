import { equals, type Scenario } from "./scenario";

/** Prefill replicas of one GPU each that the change asks for; the decode replica takes two more. */
const prefill = 9;

export const gpuShortage: Scenario = {
  name: "gpu-shortage",
  title: "More GPUs are claimed than there are: the surplus waits, and it is said why.",
  given: "local",
  when: {
    title: `the prefill pool grows to ${prefill} replicas of one GPU each`,
    change: { models: [{ name: "qwen3-32b", serving: { prefill: { replicas: prefill } } }] },
  },
  expect: (before, after) => {
    const surplus = prefill + 2 - after.gpus.total;
    return [
      equals("before the change everything runs", [before.ok, before.pods.pending], [true, 0]),
      equals("the update itself succeeds: waiting for GPUs is no failure", [after.ok, after.errors], [true, []]),
      equals("every GPU there is has been claimed", after.gpus, { claimed: 8, total: 8 }),
      equals("exactly the surplus waits", after.pods.pending, surplus),
      {
        that: "each of those that wait is a model server, and the scheduler says that no claim could be allocated",
        holds:
          after.pods.waiting.length === surplus &&
          after.pods.waiting.every(
            ({ pod, reason }) => pod.includes("prefill") && reason.includes("cannot allocate all claims"),
          ),
        saw: after.pods.waiting.map(({ pod, reason }) => `${pod}: ${reason}`).join("; ") || "nobody waits",
      },
    ];
  },
};
