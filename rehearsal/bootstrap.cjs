// Runs one of the project's TypeScript files, after seeing to it that the npm packages are there.
// Plain JavaScript on purpose: on a fresh clone nothing else can run yet.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");

/** Whether node_modules holds what the lock file asks for. npm writes what it installed beside the packages. */
function installed() {
  try {
    const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).packages;
    const wanted = read("package-lock.json");
    const found = read("node_modules/.package-lock.json");
    return Object.entries(wanted).every(
      ([name, entry]) => name === "" || entry.optional || found[name]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old: 20.19 or newer is needed. Install it from https://nodejs.org and try again.`,
  );
}
if (!installed()) {
  process.stderr.write("installing npm packages (once)\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Standard output belongs to the command that follows, which may print JSON.
  const result = spawnSync(npm, ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (result.error) fail(`npm could not be started: ${result.error.message}. It comes with Node; is it on PATH?`);
  if (result.status !== 0)
    fail("npm ci failed (see above). Is the npm registry reachable? Once it is, run the same command again.");
}

const script = path.resolve(root, process.argv[2]);
process.argv.splice(1, 2, script);
require("tsx/cjs");
// As the main module, as if node had been started with it.
require("node:module").runMain(script);
