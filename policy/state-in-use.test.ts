import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stateInUse } from "./state-in-use";

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "state-in-use-"));
  home = join(root, "home");
  mkdirSync(join(root, "stacks"));
  mkdirSync(join(home, ".pulumi"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const credentials = (folder: string, content: unknown) =>
  writeFileSync(join(folder, "credentials.json"), JSON.stringify(content));
const stackFile = (text: string, name = "stacks/Pulumi.prod.yaml") => writeFileSync(join(root, name), text);
const run = (env: NodeJS.ProcessEnv = {}) => stateInUse({ HOME: home, PULUMI_NODEJS_STACK: "prod", ...env }, root);

test("nothing is made up where nothing says it", () => {
  expect(run()).toEqual({ rehearsal: false, backend: undefined, secretsProvider: undefined });
});

test("a rehearsal says that it is one", () => {
  expect(run({ AI_PLATFORM_REHEARSAL: "/tmp/a" }).rehearsal).toBe(true);
  expect(run({ AI_PLATFORM_REHEARSAL: "" }).rehearsal).toBe(false);
});

describe("the backend is that of", () => {
  test("the variable, before the project, before the stored credentials", () => {
    credentials(join(home, ".pulumi"), { current: "https://api.pulumi.com", accessTokens: { a: "hunter2" } });
    expect(run().backend).toBe("https://api.pulumi.com");
    writeFileSync(join(root, "Pulumi.yaml"), "name: a\nbackend: { url: gs://a }\n");
    expect(run().backend).toBe("gs://a");
    expect(run({ PULUMI_BACKEND_URL: "s3://b" }).backend).toBe("s3://b");
    expect(JSON.stringify(run())).not.toContain("hunter2");
  });

  test("Pulumi's home, and the folder of credentials before it", () => {
    const other = join(root, "other");
    mkdirSync(other);
    credentials(other, { current: "s3://other" });
    credentials(join(home, ".pulumi"), { current: "s3://home" });
    expect(run({ PULUMI_HOME: other }).backend).toBe("s3://other");
    expect(run({ PULUMI_HOME: join(home, ".pulumi"), PULUMI_CREDENTIALS_PATH: other }).backend).toBe("s3://other");
  });

  test("nobody, where the credentials cannot be read", () => {
    writeFileSync(join(home, ".pulumi", "credentials.json"), "{");
    expect(run().backend).toBeUndefined();
  });
});

describe("secrets are encrypted by", () => {
  test("the provider that the stack's own file names", () => {
    stackFile("secretsprovider: awskms://alias/a?region=eu-central-1\nencryptedkey: AAAA\n");
    expect(run().secretsProvider).toBe("awskms://alias/a?region=eu-central-1");
    expect(run({ PULUMI_NODEJS_STACK: "acme/ai-platform/prod" }).secretsProvider).toContain("awskms://");
  });

  test("a passphrase, where there is only its salt", () => {
    stackFile("encryptionsalt: v1:AAAA\nconfig: {}\n");
    expect(run().secretsProvider).toBe("passphrase");
  });

  test("what the file says that the engine was given instead", () => {
    stackFile("encryptionsalt: v1:AAAA\n");
    stackFile("secretsprovider: gcpkms://projects/p\n", "other.yaml");
    expect(run({ PULUMI_OPTION_CONFIG_FILE: join(root, "other.yaml") }).secretsProvider).toBe("gcpkms://projects/p");
  });

  test("nobody knows what, of a stack that is not known", () => {
    stackFile("secretsprovider: gcpkms://projects/p\n");
    expect(run({ PULUMI_NODEJS_STACK: undefined }).secretsProvider).toBeUndefined();
  });
});
