import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { StateInUse } from "./rule";

/**
 * Where the state rests that the update which started this process writes, and what encrypts the secrets in it: as the
 * engine finds it out. Nothing of a credential is read but the address of the backend.
 *
 * Sources: pulumi/pulumi sdk/go/pkg/workspace GetCurrentCloudURL (the variable, then `backend.url` of the project, then
 * `current` of the stored credentials) and getCredsFilePath (PULUMI_CREDENTIALS_PATH, then PULUMI_HOME).
 */
export function stateInUse(env: NodeJS.ProcessEnv = process.env, root: string = join(__dirname, "..")): StateInUse {
  return {
    rehearsal: stated(env.AI_PLATFORM_REHEARSAL) !== undefined,
    backend: stated(env.PULUMI_BACKEND_URL) ?? projectBackend(root) ?? storedBackend(env),
    secretsProvider: secretsProvider(env, root),
  };
}

const stated = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** A file's content as a mapping; an empty one where there is no such file, or none that can be read. */
function mapping(file: string): Record<string, unknown> {
  try {
    const content: unknown = existsSync(file) ? parse(readFileSync(file, "utf8")) : undefined;
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function projectBackend(root: string): string | undefined {
  const { backend } = mapping(join(root, "Pulumi.yaml"));
  return stated((backend as Record<string, unknown> | undefined)?.url);
}

function storedBackend(env: NodeJS.ProcessEnv): string | undefined {
  const folder =
    stated(env.PULUMI_CREDENTIALS_PATH) ?? stated(env.PULUMI_HOME) ?? join(stated(env.HOME) ?? homedir(), ".pulumi");
  return stated(mapping(join(folder, "credentials.json")).current);
}

/** What the stack's own file says: an address of a key, `passphrase` where it has only the salt of one, else unknown. */
function secretsProvider(env: NodeJS.ProcessEnv, root: string): string | undefined {
  const stack = stated(env.PULUMI_NODEJS_STACK)?.split("/").at(-1);
  const file =
    stated(env.PULUMI_OPTION_CONFIG_FILE) ??
    (stack === undefined ? undefined : join(root, "stacks", `Pulumi.${stack}.yaml`));
  if (file === undefined) {
    return undefined;
  }
  const { secretsprovider, encryptionsalt } = mapping(file);
  return stated(secretsprovider) ?? (stated(encryptionsalt) === undefined ? undefined : "passphrase");
}
