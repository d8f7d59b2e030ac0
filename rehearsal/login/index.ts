import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** The commands by which kubeconfigs of made clusters log in; each has a script of its name beside this file. */
export const logins = ["aws", "gke-gcloud-auth-plugin"] as const;

/**
 * Writes the stand-ins of the clouds' login commands into the `bin` of a rehearsal's folder. They hand out the
 * certificate of the control plane in that folder, read when they are run: it need not be there yet.
 */
export async function installLogins(folder: string): Promise<void> {
  const bin = path.join(folder, "bin");
  await mkdir(bin, { recursive: true, mode: 0o700 });
  for (const name of logins) {
    const quoted = [process.execPath, path.join(__dirname, `${name}.cjs`), path.resolve(folder)].map(
      (part) => `'${part.replace(/'/g, "'\\''")}'`,
    );
    const file = path.join(bin, name);
    await writeFile(file, `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`);
    await chmod(file, 0o755);
  }
}
