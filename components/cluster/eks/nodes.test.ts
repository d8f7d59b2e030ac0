import { describe, expect, it } from "vitest";
import { machines } from "../../../catalog/machines";
import { poolLabel } from "../../labels";
import { gpuTaint, nodeShape } from "./nodes";
import { burstPool, cpuPool, gpuPool, settings } from "./testing";

const { network } = settings();
const shapeOf = (pool: Parameters<typeof nodeShape>[0]) => nodeShape(pool, network);
const together = { multiNode: true, zones: ["b"] };

describe("nodeShape", () => {
  it("labels nodes by their pool, and GPU nodes so that their drivers find them", () => {
    expect(shapeOf(cpuPool()).labels).toEqual({ [poolLabel]: "system" });
    expect(shapeOf(gpuPool()).labels).toMatchObject({ [poolLabel]: "h100", "nvidia.com/gpu.present": "true" });
  });

  it("keeps other pods off GPU nodes, and off spot nodes what does not allow for them", () => {
    expect(shapeOf(cpuPool()).taints).toEqual([]);
    expect(shapeOf(gpuPool()).taints).toEqual([gpuTaint]);
    expect(shapeOf(burstPool()).taints).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
      { key: "ai-platform/spot", value: "true", effect: "NoSchedule" },
    ]);
  });

  it("spreads nodes over all zones unless the pool names some", () => {
    expect(shapeOf(gpuPool()).zones).toEqual(["a", "b", "c"]);
    expect(shapeOf(gpuPool({ zones: ["c"] })).zones).toEqual(["c"]);
  });

  it("puts one EFA on each network card, beside the ordinary interface on card 0", () => {
    const { interfaces } = shapeOf(gpuPool(together));
    expect(interfaces.filter(({ interfaceType }) => interfaceType === "interface")).toEqual([
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
    ]);
    const efa = interfaces.filter(({ interfaceType }) => interfaceType === "efa-only");
    expect(efa).toHaveLength(32);
    expect(efa[0]).toEqual({ networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only" });
    expect(efa[31]).toEqual({ networkCardIndex: 31, deviceIndex: 0, interfaceType: "efa-only" });
  });

  it("leaves card 0 to the ordinary interface where its card has no EFA", () => {
    const type = Object.values(machines).find(
      ({ provider, fabric }) => provider === "aws" && fabric.kind === "efa" && fabric.firstCard === 1,
    )!.type;
    const { interfaces } = shapeOf(gpuPool({ ...together, machine: { cpus: 192, memoryGib: 2048, type } }));
    expect(interfaces.filter(({ networkCardIndex }) => networkCardIndex === 0)).toEqual([
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
    ]);
    expect(interfaces[1]).toEqual({ networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa-only" });
  });

  it("states no interfaces where models do not span nodes, or the machine has no EFA", () => {
    expect(shapeOf(gpuPool())).toMatchObject({ interfaces: [], together: false });
    const plain = cpuPool({ ...together });
    expect(shapeOf(plain)).toMatchObject({ interfaces: [], together: true });
  });

  it("leaves it to a reservation where its machines stand", () => {
    const reserved = { ...together, capacity: "reserved", reservation: "cr-0123456789abcdef0" } as const;
    expect(shapeOf(gpuPool(reserved))).toMatchObject({ together: false, reservation: "cr-0123456789abcdef0" });
    expect(shapeOf(gpuPool(reserved)).interfaces).toHaveLength(33);
  });

  it.each([
    [
      { machine: { cpus: 1, memoryGib: 1, type: "z9.large" } },
      "pool h100: the catalog knows no machine z9.large of AWS: add it",
    ],
    [
      { driver: "operator" },
      "pool h100: driver: operator needs an operating system that NVIDIA builds its driver for, and EKS's nodes run Amazon Linux, which brings the driver itself: state driver: image",
    ],
    [
      { zones: ["a", "eu-north-1b"] },
      'pool h100: zone "eu-north-1b" is none of the network\'s: state letters of cluster.network.zones (a, b, c)',
    ],
    [
      { capacity: "reserved", reservation: "my-reservation", zones: ["a"] },
      'pool h100: "my-reservation" is no id of a capacity reservation: state the one that EC2 shows, which starts with cr-',
    ],
    [
      { capacity: "reserved", reservation: "cr-1" },
      "pool h100: a reservation lies in one zone: state which in zones, one of a, b, c",
    ],
    [
      { multiNode: true, zones: ["a", "b"] },
      "pool h100: its nodes stand close together in one zone: state which in zones, one of a, b, c",
    ],
  ] as const)("refuses %j", (change, message) => {
    expect(() => shapeOf(gpuPool(change as Parameters<typeof gpuPool>[0]))).toThrow(message);
  });
});
