import { describe, expect, it } from "vitest";
import { type EndpointPickerConfig, pickerConfig } from "../../components/serving/picker-config";
import { asSchedulerV04 } from "./scheduler-config";

const ofType = (config: EndpointPickerConfig, type: string) =>
  asSchedulerV04(config).plugins.find((plugin) => plugin.type === type);

describe("the product's configuration for the picker of a rehearsal", () => {
  const split = pickerConfig({ mode: "disaggregated", cache: "approximate" });
  const whole = pickerConfig({ mode: "aggregated", cache: "approximate" });

  it("is in its group, and keeps the profiles", () => {
    for (const config of [split, whole]) {
      const translated = asSchedulerV04(config);
      expect(translated.apiVersion).toBe("inference.networking.x-k8s.io/v1alpha1");
      expect(translated.schedulingProfiles).toEqual(config.schedulingProfiles);
      const names = translated.plugins.map(({ type, name }) => name ?? type);
      const references = translated.schedulingProfiles.flatMap(({ plugins }) =>
        plugins.map(({ pluginRef }) => pluginRef),
      );
      expect(names).toEqual(expect.arrayContaining(references));
    }
  });

  it("measures prefixes in blocks of characters", () => {
    expect(ofType(whole, "prefix-cache-scorer")?.parameters).toEqual({
      blockSize: 512,
      maxPrefixBlocksToMatch: 128,
      lruCapacityPerServer: 31_250,
    });
    expect(ofType(whole, "approx-prefix-cache-producer")).toBeUndefined();
  });

  it("has prefill and decode handled by one plugin, and the header written by another", () => {
    expect(ofType(split, "pd-profile-handler")?.parameters).toEqual({ threshold: (128 + 128) * 4, hashBlockSize: 512 });
    expect(ofType(split, "prefill-header-handler")).toBeDefined();
    expect(ofType(whole, "pd-profile-handler")).toBeUndefined();
    expect(ofType(whole, "single-profile-handler")).toBeDefined();
  });

  it("has saturation as a setting", () => {
    expect(asSchedulerV04(whole).saturationDetector).toEqual({ queueDepthThreshold: 5, kvCacheUtilThreshold: 0.8 });
    expect(ofType(whole, "utilization-detector")).toBeUndefined();
  });

  it("refuses what has no counterpart", () => {
    const sources = { servedModel: "m", renderUrl: "http://m:8000" };
    expect(() => asSchedulerV04(pickerConfig({ mode: "aggregated", cache: "precise", ...sources }))).toThrow(
      /has no token-producer/,
    );
    const altered = (plugin: EndpointPickerConfig["plugins"][number]): EndpointPickerConfig => ({
      ...whole,
      plugins: whole.plugins.map((one) => (one.type === plugin.type ? plugin : one)),
    });
    expect(() => asSchedulerV04(altered({ type: "utilization-detector", parameters: { headroom: 1 } }))).toThrow(
      /no parameter headroom of utilization-detector/,
    );
    const [profile] = whole.schedulingProfiles;
    const half = { ...profile!, plugins: [{ pluginRef: "queue-scorer", weight: 0.5 }] };
    expect(() => asSchedulerV04({ ...whole, schedulingProfiles: [half] })).toThrow(/weight of queue-scorer is 0.5/);
  });
});
