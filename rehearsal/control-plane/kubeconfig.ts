import { readFile, rename, writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Pki } from "./pki";

/**
 * Writes a kubeconfig for one identity. `contexts` are the names under which the cluster is found: an environment
 * names its context, and a rehearsal answers to that name. The first one is current. Certificates are embedded, so
 * that the file can be copied.
 */
export async function writeKubeconfig(
  file: string,
  server: string,
  pki: Pki,
  identity: keyof Pki["clients"],
  contexts: readonly string[],
): Promise<void> {
  const base64 = async (name: string) => (await readFile(name)).toString("base64");
  const client = pki.clients[identity];
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "rehearsal", cluster: { server, "certificate-authority-data": await base64(pki.ca) } }],
    users: [
      {
        name: identity,
        user: { "client-certificate-data": await base64(client.cert), "client-key-data": await base64(client.key) },
      },
    ],
    contexts: contexts.map((name) => ({ name, context: { cluster: "rehearsal", user: identity } })),
    "current-context": contexts[0],
  });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
