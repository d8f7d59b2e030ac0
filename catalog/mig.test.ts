import { describe, expect, it } from "vitest";
import { accelerators } from "./accelerators";

const capable = Object.entries(accelerators).filter(([, { mig }]) => mig);

describe("MIG profiles", () => {
  it("are there for the GPUs that can be cut, and for no other", () => {
    expect(capable.length).toBeGreaterThan(0);
    for (const [name, { mig, migProfiles }] of Object.entries(accelerators)) {
      expect(migProfiles !== undefined, name).toBe(mig);
    }
  });

  it.each(capable)("of %s say of themselves what they are", (_, { migProfiles, memoryMib }) => {
    for (const { profile, computeSlices, memorySlices, memoryMib: own, placements, source, date } of migProfiles!) {
      expect(profile).toMatch(new RegExp(`^${computeSlices}g\\.\\d+gb$`));
      expect({ source, date }).toEqual({
        source: expect.stringMatching(/\S/),
        date: expect.stringMatching(/^20\d\d-/),
      });
      // A name rounds the slices' share of the memory up, and the driver keeps some of it.
      const share = (memoryMib * memorySlices) / 8;
      const named = Number(/\.(\d+)gb/.exec(profile)?.[1]) * 1024;
      expect(Math.abs(named / share - 1)).toBeLessThan(0.05);
      expect(own === undefined || (own <= share && own > share * 0.85)).toBe(true);
      for (const { start, size } of placements) {
        expect(size).toBe(memorySlices);
        expect(start + size).toBeLessThanOrEqual(8);
      }
    }
  });

  it.each(capable)("of %s never lie over each other's end", (_, { migProfiles }) => {
    const count = (profile: string) => {
      const { placements } = migProfiles!.find((candidate) => candidate.profile === profile)!;
      const taken = new Set<number>();
      let instances = 0;
      for (const { start, size } of placements) {
        const slices = Array.from({ length: size }, (__, index) => start + index);
        if (slices.every((slice) => !taken.has(slice))) {
          for (const slice of slices) {
            taken.add(slice);
          }
          instances += 1;
        }
      }
      return instances;
    };
    // As many of a kind as NVIDIA's guide says that a GPU holds.
    expect(migProfiles!.map(({ profile }) => count(profile))).toEqual([7, 4, 3, 2, 1, 1]);
  });

  it("of an H100 are NVIDIA's", () => {
    expect(accelerators["h100-80gb"].migProfiles?.map(({ profile }) => profile)).toEqual([
      "1g.10gb",
      "1g.20gb",
      "2g.20gb",
      "3g.40gb",
      "4g.40gb",
      "7g.80gb",
    ]);
  });
});
