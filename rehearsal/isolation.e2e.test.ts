import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "./control-plane/testing";
import { ensureTools } from "./toolchain";
import { root } from "./workspace";

/** Where the user's own settings, logins, plugins and states are. Caches of npm and Go may grow: tools come through them. */
const own = [".kube", ".pulumi", ".aws", ".config/gcloud", ".config/helm"];

/** Everything below the user's own folders with its content, so that a change of any kind shows. */
function fingerprint(home: string): Record<string, string> {
  return Object.assign({}, ...own.map((name) => fingerprintOf(path.join(home, name))));
}

function fingerprintOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(path.join(folder, name)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((name) => [
      path.join(folder, name),
      createHash("sha256")
        .update(readFileSync(path.join(folder, name)))
        .digest("hex"),
    ]),
  );
}

describe("a rehearsal and the user's own", () => {
  let folder: string;
  let home: string;
  let trap: Server;
  let caught = 0;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await temporaryFolder("isolation");
    home = path.join(folder, "home");
    // Whatever follows the user's settings ends up here.
    trap = createServer((socket) => {
      caught++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(trap.address() as { port: number }).port}`;
    const files: Record<string, string> = {
      ".kube/config": JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "mine", cluster: { server: `http://${address}` } }],
        users: [{ name: "me", user: { token: "mine-c4f1-token" } }],
        // The name that the environment asks for: only isolation keeps the two apart.
        contexts: [{ name: "platform-local", context: { cluster: "mine", user: "me" } }],
        "current-context": "platform-local",
      }),
      ".pulumi/credentials.json": JSON.stringify({
        current: `http://${address}`,
        accessTokens: { [`http://${address}`]: "mine-c4f1-token" },
        accounts: { [`http://${address}`]: { accessToken: "mine-c4f1-token" } },
      }),
      ".aws/credentials": "[default]\naws_access_key_id = mine-c4f1-key\naws_secret_access_key = mine-c4f1-secret\n",
      ".config/gcloud/application_default_credentials.json": JSON.stringify({
        type: "authorized_user",
        refresh_token: "mine-c4f1-token",
      }),
      ".config/helm/repositories.yaml": `repositories:\n- name: mine\n  url: http://${address}\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
      writeFileSync(path.join(home, name), content);
    }
    environment = {
      ...process.env,
      HOME: home,
      REHEARSAL_DIR: path.join(folder, "rehearsals"),
      // The tools are not what this is about: they may come from where they are.
      AI_PLATFORM_CACHE: path.dirname(
        path.dirname(path.dirname(path.dirname((await ensureTools(["pulumi"])).pulumi!.path))),
      ),
      KUBECONFIG: path.join(home, ".kube/config"),
      PULUMI_BACKEND_URL: `http://${address}`,
      PULUMI_ACCESS_TOKEN: "mine-c4f1-token",
      AWS_ACCESS_KEY_ID: "mine-c4f1-key",
      AWS_SECRET_ACCESS_KEY: "mine-c4f1-secret",
      AWS_ENDPOINT_URL: `http://${address}`,
      GOOGLE_APPLICATION_CREDENTIALS: path.join(home, ".config/gcloud/application_default_credentials.json"),
    };
  });

  afterAll(async () => {
    await new Promise((resolve) => trap.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it("do not meet: no file of the user's is touched, no server of theirs is asked", async () => {
    const before = fingerprint(home);
    const cli = (...args: string[]) =>
      new Promise<{ status: number | null; output: string }>((resolve) => {
        // Not spawnSync: the trap lives in this process and must be able to answer.
        const child = spawn(process.execPath, ["rehearsal/bootstrap.cjs", "rehearsal/cli.ts", ...args], {
          cwd: root,
          env: environment,
        });
        let output = "";
        child.stdout.on("data", (data) => {
          output += data;
        });
        child.once("close", (status) => resolve({ status, output }));
      });
    const up = await cli("rehearse", "local", "--json");
    const leaked = filesWith("mine-c4f1", path.join(folder, "rehearsals"));
    const down = await cli("down", "local");
    expect(JSON.parse(up.output).errors).toEqual([]);
    expect([up.status, down.status]).toEqual([0, 0]);
    expect(caught).toBe(0);
    expect(fingerprint(home)).toEqual(before);
    expect(leaked).toEqual([]);
    expect(existsSync(path.join(folder, "rehearsals", "local"))).toBe(false);
  });

  it("do not meet the other way round: a plain pulumi finds no stand-in", async () => {
    const pulumi = (await ensureTools(["pulumi"])).pulumi!.path;
    const state = path.join(folder, "state");
    mkdirSync(state, { recursive: true });
    const plain = spawnSync(pulumi, ["preview", "--stack", "local", "--non-interactive"], {
      cwd: root,
      encoding: "utf8",
      env: {
        // What a user has who installed Pulumi, and who may be inside npm, which puts node_modules/.bin on PATH.
        PATH: [
          path.dirname(pulumi),
          path.join(root, "node_modules", ".bin"),
          path.dirname(process.execPath),
          "/usr/bin",
          "/bin",
        ].join(":"),
        HOME: home,
        PULUMI_HOME: path.join(folder, "pulumi-home"),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "plain",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
    expect(plain.status).not.toBe(0);
    expect(plain.stdout + plain.stderr).not.toContain("rehearsal/providers");
    // No file in the checkout bears a plugin's name, so none can be found by one.
    const names = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
    }).stdout.split("\n");
    expect(names.filter((name) => /^pulumi-(language|resource|analyzer)-/.test(path.basename(name)))).toEqual([]);
  });
});

/** The files below a folder that hold a text; what a link leads to is not the folder's own. */
function filesWith(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const file = path.join(folder, name);
    return lstatSync(file, { throwIfNoEntry: false })?.isFile() && readFileSync(file).includes(text);
  });
}
