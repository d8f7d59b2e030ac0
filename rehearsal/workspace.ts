import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { Tool } from "./toolchain";

/** What a variant of an environment states otherwise than its base; lists merge by name. */
export type EnvironmentChange = {
  readonly cluster?: object;
  readonly mirror?: object;
  readonly [key: string]: unknown;
};

/** The checkout's root. */
export const root = path.resolve(__dirname, "..");

/** The folder of all rehearsals: `.rehearsal` in the checkout, or $REHEARSAL_DIR. */
export const rehearsals = () => path.resolve(process.env.REHEARSAL_DIR ?? path.join(root, ".rehearsal"));

const project: { name: string } = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));

/**
 * Where one rehearsal of one stack lives: control plane, Pulumi home, state, stack file, charts and logs. Nothing else
 * on the machine is written, and nothing of the user's own is read; a second checkout or stack has a folder of its own.
 */
export class Workspace {
  readonly folder: string;

  /**
   * @param platform the stack whose cluster and state folder a team's stack shares; by default the stack's own.
   * @param checkout where the program is that is run. The policy pack is this checkout's, and judges no other.
   */
  constructor(
    readonly stack: string,
    base = rehearsals(),
    platform = stack,
    readonly checkout = root,
  ) {
    for (const name of [stack, platform]) {
      // The name becomes a folder that is removed in the end: it must not lead out of the base, nor be the base.
      if (!/^[A-Za-z0-9][-_.A-Za-z0-9]*$/.test(name)) {
        throw new Error(`"${name}" is no stack name: letters, digits, "-", "_" and "." are allowed, such as local`);
      }
    }
    this.folder = path.resolve(base, platform);
  }

  readonly file = (...names: string[]) => path.join(this.folder, ...names);

  get controlPlane(): string {
    return this.file("control-plane");
  }
  get kubeconfig(): string {
    return this.file("control-plane", "kubeconfig");
  }
  get stackFile(): string {
    return this.file(`Pulumi.${this.stack}.yaml`);
  }
  get charts(): string {
    return this.file("charts");
  }
  /** The file that holds the stack's state, where the file backend keeps it. */
  get state(): string {
    return this.file("state", ".pulumi", "stacks", project.name, `${this.stack}.json`);
  }
  /** The world of the simulated clouds. */
  get cloud(): string {
    return this.file("cloud");
  }
  get plugins(): string {
    return this.file("pulumi-home", "plugins");
  }

  exists(): boolean {
    return existsSync(this.folder);
  }

  /** Whether the stack's state holds no resource, or there is none. */
  async isEmpty(): Promise<boolean> {
    if (!existsSync(this.state)) return true;
    const { checkpoint } = JSON.parse(await readFile(this.state, "utf8"));
    return (checkpoint?.latest?.resources ?? []).length === 0;
  }

  /** Every stack whose state the folder holds. */
  async stacks(): Promise<string[]> {
    const files = await readdir(path.dirname(this.state)).catch(() => []);
    return files.flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : [])).sort();
  }

  /**
   * Lays the folder out: the tools under their names in `bin`, a passphrase for the state's secrets, and the stack file,
   * by which the rehearsed stack is a variant of the real one: it differs in where its cluster is found and its charts come
   * from, and in what a scenario changes.
   */
  async prepare(tools: readonly Tool[], change: EnvironmentChange = {}): Promise<void> {
    for (const name of ["bin", "home", "state", "logs", "pulumi-home"]) {
      await mkdir(this.file(name), { recursive: true, mode: 0o700 });
    }
    for (const tool of tools) {
      const link = this.file("bin", path.basename(tool.path));
      await rm(link, { force: true });
      await symlink(tool.path, link);
    }
    const passphrase = this.file("passphrase");
    if (!existsSync(passphrase)) await writeFile(passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });

    // What makes the folder a place where the stack can be made.
    await writeFile(this.file("Pulumi.yaml"), stringify({ name: project.name, runtime: "nodejs" }));

    // The engine keeps the salt of the state's encryption in the stack file.
    const before = existsSync(this.stackFile) ? parse(await readFile(this.stackFile, "utf8")) : {};
    await writeFile(
      this.stackFile,
      stringify({
        ...(before.encryptionsalt ? { encryptionsalt: before.encryptionsalt } : {}),
        config: {
          "ai-platform:environment": {
            extends: this.stack,
            ...change,
            // Whatever kubeconfig the stack names is the user's own: in a rehearsal the cluster is found by $KUBECONFIG.
            cluster: { ...change.cluster, kubeconfig: null },
            mirror: { ...change.mirror, charts: this.charts },
          },
        },
      }),
    );
  }

  /** The variables that lead Pulumi, Helm and kubectl into this rehearsal, and that a user's shell needs for the same. */
  variables(): Record<string, string> {
    return {
      KUBECONFIG: this.kubeconfig,
      PULUMI_HOME: this.file("pulumi-home"),
      PULUMI_BACKEND_URL: `file://${this.file("state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.file("passphrase"),
      // Every option of Pulumi's command line can be given as a variable.
      PULUMI_OPTION_CONFIG_FILE: this.stackFile,
      ...(this.checkout === root ? { PULUMI_OPTION_POLICY_PACK: path.join(root, "policy") } : {}),
      // Plugins come from this Pulumi home alone: not from PATH, not from the network.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The rules of state know by it that nothing of value is in this one.
      AI_PLATFORM_REHEARSAL: this.folder,
      // Else the SDK reads every object of every chart back from the engine, which nothing here asks for.
      PULUMI_DISABLE_RESOURCE_REFERENCES: "true",
    };
  }

  /**
   * The whole environment of a process of this rehearsal. It is built from nothing, so that no credential, login, proxy
   * or setting of the user gets in; the proxy that answers nothing keeps what honours proxies on this machine.
   */
  environment(): NodeJS.ProcessEnv {
    const nowhere = "http://127.0.0.1:9";
    const kept = ["LANG", "LC_ALL", "TERM", "TMPDIR", "TZ"].filter((name) => process.env[name] !== undefined);
    return {
      ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
      PATH: this.path(),
      HOME: this.file("home"),
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      NO_PROXY: "127.0.0.1,localhost",
      // The credentials that a cloud gives its own machines would not come from a variable or a file.
      AWS_EC2_METADATA_DISABLED: "true",
      // Without it the CLI does not know `--event-log`.
      PULUMI_DEBUG_COMMANDS: "true",
      ...this.variables(),
    };
  }

  /** PATH with the rehearsal's tools, and the node that runs this, in front. */
  path(): string {
    return [this.file("bin"), path.dirname(process.execPath), process.env.PATH ?? ""].join(path.delimiter);
  }
}
