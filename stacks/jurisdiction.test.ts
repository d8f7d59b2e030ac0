import { expect, test } from "vitest";
import { jurisdiction } from "./jurisdiction";

const endpoint = (host: string) => ({ host, operator: "Example AG", jurisdiction: "eu", purpose: "alerts" });
const parse = (host: string) =>
  jurisdiction.safeParse({
    name: "eu",
    regions: ["fr-par"],
    registries: ["registry.example.org"],
    endpoints: [endpoint(host)],
  });

test.each(["huggingface.co", "*.example.org", "collector"])("%s is a host", (host) => {
  expect(parse(host).success).toBe(true);
});

test.each([
  ["https://huggingface.co", "has a scheme"],
  ["huggingface.co:443", "has a port"],
  ["HuggingFace.co", "is not in lower case"],
  ["*.com", "is half the world"],
  ["*", "is all of it"],
  ["hooks.*.example.org", "has its wildcard in the middle"],
])("%s is none: it %s", (host) => {
  const parsed = parse(host);
  expect(parsed.success).toBe(false);
  expect(parsed.error?.issues[0]).toMatchObject({ path: ["endpoints", 0, "host"] });
});
