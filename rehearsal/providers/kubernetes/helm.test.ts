import { describe, expect, it } from "vitest";
import { closeSecrets, merge, readChartArgs, renderChart } from "./helm";
import { Secret } from "./values";

describe("chart arguments", () => {
  it("take the resource's name and the provider's namespace where they say nothing", () => {
    expect(readChartArgs({ chart: "./c" }, "web", "team")).toMatchObject({
      name: "web",
      namespace: "team",
      skipCrds: false,
    });
    expect(readChartArgs({ chart: "./c", name: "n", namespace: "s" }, "web", "team")).toMatchObject({
      name: "n",
      namespace: "s",
    });
  });

  it.each([
    [{}, /"chart" is missing/],
    [{ chart: "c", verify: true }, /verifying charts is not supported/],
    [{ chart: "c", postRenderer: { command: "x" } }, /post-renderers are not supported/],
    [{ chart: "c", version: 1 }, /version must be text/],
  ])("%j are refused", (inputs, message) => {
    expect(() => readChartArgs(inputs, "web", "team")).toThrow(message);
  });

  it("merge values as helm does", () => {
    const base = { a: { x: 1, y: 2 }, list: [1, 2], gone: 1 };
    expect(merge(base, { a: { y: 3 }, list: [3], gone: null })).toEqual({ a: { x: 1, y: 3 }, list: [3], gone: null });
  });
});

it("secret values are closed again in what was rendered from them", () => {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m" },
    data: { url: "db://u:correcthorse@h", other: "x" },
  };
  const [closed] = closeSecrets([object], { password: new Secret("correcthorse"), open: "x" });
  expect(closed).toEqual({ ...object, data: { url: new Secret("db://u:correcthorse@h"), other: "x" } });
});

it("a missing helm is said plainly", async () => {
  const saved = process.env.HELM;
  process.env.HELM = "/nowhere/helm";
  try {
    const args = readChartArgs({ chart: "./c" }, "web", "team");
    const rendering = renderChart(args, { kubeVersion: "v1.36.0", apiVersions: [] }, new AbortController().signal);
    await expect(rendering).rejects.toThrow(
      "chart ./c cannot be rendered: helm was not found ($HELM is /nowhere/helm)",
    );
  } finally {
    if (saved === undefined) delete process.env.HELM;
    else process.env.HELM = saved;
  }
});
