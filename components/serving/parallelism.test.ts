import { describe, expect, it } from "vitest";
import { models } from "../../catalog/models";
import { calculatedArgs, checkParallelism, groupArgs, layoutArgs, layoutOf } from "./parallelism";
import { podSpec } from "./pod";
import { decode, podArgs, pool, prefill, role } from "./testing";
import { server } from "./vllm";

const argsOf = (args: Parameters<typeof podArgs>[0], member: Parameters<typeof server>[1]) =>
  server(podArgs(args), member, 8000, []).args as string[];

describe("a replica's GPUs", () => {
  it("share each layer where nothing else is stated", () => {
    expect(layoutArgs(layoutOf(role({ gpus: 4 })))).toEqual(["--tensor-parallel-size=4"]);
  });

  it("make engines of their own within a pod, behind one port", () => {
    const layout = layoutOf(role({ gpus: 8, tensorParallel: 2 }));
    expect(layoutArgs(layout)).toEqual(["--tensor-parallel-size=2", "--data-parallel-size=4"]);
    expect(groupArgs(layout, "single")).toEqual([]);
    expect(layout.everyPodAnswers).toBe(false);
  });

  it("share each layer across nodes behind the first one", () => {
    const layout = layoutOf(role({ gpus: 4, nodes: 2 }));
    expect(layoutArgs(layout)).toEqual(["--tensor-parallel-size=8"]);
    const group = [
      "--nnodes=$(LWS_GROUP_SIZE)",
      "--node-rank=$(LWS_WORKER_INDEX)",
      "--master-addr=$(LWS_LEADER_ADDRESS)",
    ];
    expect(groupArgs(layout, "leader")).toEqual(group);
    expect(groupArgs(layout, "worker")).toEqual([...group, "--headless"]);
    expect(calculatedArgs(layout)).toBe("");
  });
});

describe("experts that are spread across nodes", () => {
  const wide = { gpus: 8, nodes: 2, tensorParallel: 1, expertParallel: true };
  const parts = { pool: pool({ multiNode: true }), role: decode(wide) };

  it("have all engines in one group, those of each node behind a port of its own", () => {
    for (const member of ["leader", "worker"] as const) {
      const args = argsOf(parts, member);
      expect(args).toEqual(
        expect.arrayContaining([
          "--tensor-parallel-size=1",
          "--data-parallel-size=16",
          "--enable-expert-parallel",
          "--data-parallel-hybrid-lb",
          "--data-parallel-size-local=8",
          "--data-parallel-address=$(LWS_LEADER_ADDRESS)",
          "--data-parallel-rpc-port=5555",
        ]),
      );
      expect(args).not.toContain("--headless");
    }
  });

  it("know their ranks by a calculation that the pod's shell makes", () => {
    const { command } = server(podArgs(parts), "worker", 8200, []);
    expect(command).toEqual([
      "/bin/sh",
      "-c",
      'exec vllm serve "$@" --data-parallel-start-rank=$((LWS_WORKER_INDEX * 8))',
      "vllm",
    ]);
  });

  it("are answered for by every pod, each with probes and a sidecar", () => {
    const spec = podSpec(podArgs(parts), "worker");
    expect((spec.containers as { startupProbe?: object }[])[0]!.startupProbe).toBeDefined();
    expect((spec.initContainers as { name: string }[]).map(({ name }) => name)).toEqual(["routing-sidecar"]);
    const other = podSpec(podArgs({ ...parts, role: prefill({ gpus: 8, nodes: 2 }) }), "worker");
    expect((other.containers as { startupProbe?: object }[])[0]!.startupProbe).toBeUndefined();
  });
});

describe("checkParallelism", () => {
  const dense = models["qwen3-32b"];
  const mixture = models["deepseek-r1"];

  it("has nothing against what vLLM lays out", () => {
    for (const fine of [{ gpus: 4 }, { gpus: 8, tensorParallel: 2 }, { gpus: 4, nodes: 4 }]) {
      expect(checkParallelism(role(fine), dense, "x")).toBeUndefined();
    }
    const wide = role({ gpus: 8, nodes: 2, tensorParallel: 2, expertParallel: true });
    expect(checkParallelism(wide, mixture, "x")).toBeUndefined();
  });

  it("refuses experts of a model that has none", () => {
    expect(
      checkParallelism(role({ gpus: 8, tensorParallel: 1, expertParallel: true }), dense, "models.x.serving.servers"),
    ).toBe("models.x.serving.servers.expertParallel: the model has no experts to spread. Leave it out.");
  });

  it("refuses an engine that lies on some nodes of a replica", () => {
    expect(checkParallelism(role({ gpus: 4, nodes: 4, tensorParallel: 8 }), mixture, "x")).toBe(
      "x.tensorParallel: an engine of 8 GPUs would lie on some of 4 nodes of 4. State a divisor of 4, or all 16.",
    );
  });

  it("refuses a replica across nodes whose engines share nothing", () => {
    expect(checkParallelism(role({ gpus: 8, nodes: 2, tensorParallel: 8 }), dense, "x")).toContain(
      "x.nodes: 2 engines of 8 GPUs that share nothing need no common replica.",
    );
  });
});
