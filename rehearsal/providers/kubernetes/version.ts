import { readFileSync } from "node:fs";

/** The official provider that this stands in for is the one of the SDK that is installed. */
export const PLUGIN_VERSION: string = JSON.parse(
  readFileSync(require.resolve("@pulumi/kubernetes/package.json"), "utf8"),
).version;
