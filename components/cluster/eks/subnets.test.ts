import { describe, expect, it } from "vitest";
import { overlap } from "../../../stacks/cidr";
import { carve } from "./subnets";

const zones = ["a", "b", "c"];

/** Whether the first range lies in the second. */
const inside = (inner: string, outer: string) =>
  overlap(inner, outer) && Number(inner.split("/")[1]) >= Number(outer.split("/")[1]);

describe("carve", () => {
  it("gives each zone a quarter for nodes, and a small range of the last quarter for what is public", () => {
    expect(carve("10.80.0.0/16", zones)).toEqual({
      private: [
        { zone: "a", cidr: "10.80.0.0/18" },
        { zone: "b", cidr: "10.80.64.0/18" },
        { zone: "c", cidr: "10.80.128.0/18" },
      ],
      public: [
        { zone: "a", cidr: "10.80.192.0/22" },
        { zone: "b", cidr: "10.80.196.0/22" },
        { zone: "c", cidr: "10.80.200.0/22" },
      ],
    });
  });

  it.each(["10.0.0.0/16", "172.31.128.0/17", "192.168.0.0/18", "10.255.224.0/19", "223.255.240.0/20"])(
    "divides %s into ranges inside it that do not overlap",
    (cidr) => {
      const carved = carve(cidr, zones);
      const ranges = [...carved.private, ...carved.public].map((subnet) => subnet.cidr);
      for (const [index, range] of ranges.entries()) {
        expect(inside(range, cidr), range).toBe(true);
        for (const other of ranges.slice(index + 1)) {
          expect(overlap(range, other), `${range} and ${other}`).toBe(false);
        }
      }
    },
  );

  it("leaves load balancers the addresses that they need in the smallest network", () => {
    expect(carve("10.0.0.0/20", zones).public.map(({ cidr }) => cidr)).toEqual([
      "10.0.12.0/26",
      "10.0.12.64/26",
      "10.0.12.128/26",
    ]);
  });

  it.each([
    [
      "10.0.0.0/15",
      "cluster.network.cidr: 10.0.0.0/15 cannot be divided among three zones: state a range from /16 to /20",
    ],
    ["10.0.0.0/21", "cluster.network.cidr: 10.0.0.0/21 cannot be divided"],
    ["10.0.0.0", "cluster.network.cidr: 10.0.0.0 cannot be divided"],
  ])("refuses %s", (cidr, message) => {
    expect(() => carve(cidr, zones)).toThrow(message);
  });

  it.each([[["a", "b"]], [["a", "b", "b"]]])("refuses the zones %j", (given) => {
    expect(() => carve("10.0.0.0/16", given)).toThrow(
      `cluster.network.zones: ${JSON.stringify(given)} are not three different zones: name three`,
    );
  });
});
