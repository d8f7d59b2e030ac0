import { describe, expect, it } from "vitest";
import { eksImageAlias, eksImageRelease, eksMinor, eksNodeImages } from "./eks";
import { kubernetes } from "./kubernetes";

describe("EKS node images", () => {
  it.each(kubernetes.eks)("are known for %s, by a patch of that minor", (minor) => {
    expect(eksNodeImages.patches[minor]).toMatch(new RegExp(`^${minor.replace(".", "\\.")}\\.\\d+$`));
    expect(eksImageRelease(minor)).toBe(`${eksNodeImages.patches[minor]}-${eksNodeImages.release}`);
  });

  it("are of the same release for node groups and for Karpenter", () => {
    expect(eksNodeImages.release).toMatch(/^\d{8}$/);
    expect(eksImageAlias).toBe(`al2023@v${eksNodeImages.release}`);
  });

  it("are not made up for a version that EKS does not offer", () => {
    expect(eksMinor("1.36")).toBe("1.36");
    expect(() => eksMinor("1.29")).toThrow(
      `cluster.kubernetes: "1.29" is no version that EKS offers: state ${kubernetes.eks.join(", ")}`,
    );
  });
});
