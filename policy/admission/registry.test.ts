import { describe, expect, test } from "vitest";
import { contextWith, resourceWith } from "../fixtures";
import { evaluate } from "../rule";
import { registry } from "../sovereignty/registry";
import { permittedImages } from "./registry";

/** The expression that the API server is given, against the rule itself, on all that can be combined of these. */
const lists = [
  ["registry.example.eu", "ghcr.io/llm-d", "registry.k8s.io"],
  ["docker.io"],
  ["docker.io/openfga", "docker.io/library/busybox"],
  ["docker.io/library"],
  ["oci://Registry.Example.eu:5000/Team/", "https://index.docker.io/v2.0/x"],
];
const hosts = [
  ...["", "registry.example.eu/", "Registry.Example.EU./", "registry.example.eu:443/", "registry.example.eu.:443/"],
  ...[
    "registry.example.eu:5000/",
    "registry.example.eu.:5000/",
    "xregistry.example.eu/",
    "registry.example.eu.evil.com/",
  ],
  ...[
    "docker.io/",
    "index.docker.io/",
    "Registry-1.docker.io/",
    "ghcr.io/",
    "registry.k8s.io/",
    "localhost:5000/",
    "/",
  ],
];
const paths = [
  ...["app", "busybox", "library/busybox", "library/evil", "openfga/cli", "openfga-evil/cli", "llm-d/app", "llm-d"],
  ...[
    "LLM-D/app",
    "Team/app",
    "team/app",
    "v2.0/x/y",
    "a..b/c",
    "a__b/c",
    "-a/b",
    "a/b/c/d",
    "a//b",
    "llm-d/../evil",
    "",
  ],
];
const ends = [
  "",
  ":1.2",
  ":",
  ":a/b",
  `@sha256:${"a".repeat(64)}`,
  `:1@sha256:${"a".repeat(64)}`,
  "@sha256:1",
  " ",
  "@",
];

describe.each(lists)("%s", (...registries) => {
  test("what the API server lets through is what the rule lets through", () => {
    const permitted = new RegExp(permittedImages(registries));
    const context = contextWith({ jurisdiction: { registries } });
    const apart: string[] = [];
    let taken = 0;
    for (const host of hosts) {
      for (const path of paths) {
        for (const end of ends) {
          const image = `${host}${path}${end}`;
          if (image === "") continue;
          const pod = resourceWith("kubernetes:core/v1:Pod", { spec: { containers: [{ image }] } });
          const byRule = evaluate(registry, pod, context).length === 0;
          taken += byRule ? 1 : 0;
          if (byRule !== permitted.test(image)) apart.push(`${image}: ${byRule}`);
        }
      }
    }
    expect(apart).toEqual([]);
    expect(taken).toBeGreaterThan(0);
  });
});
