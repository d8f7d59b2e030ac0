import { serveProvider } from "../serve";
import { aws } from "./aws";
import { gcp } from "./gcp";
import { CloudProvider } from "./provider";

/** main.ts <aws|gcp> <rehearsal folder> [engine address] */
const [name, folder, engine] = process.argv.slice(2);

if ((name !== "aws" && name !== "gcp") || !folder) {
  process.stderr.write(
    `main.ts: expected aws or gcp and the rehearsal's folder, not "${process.argv.slice(2).join(" ")}"\n`,
  );
  process.exit(2);
}

serveProvider(name, (onCancel) =>
  name === "aws"
    ? new CloudProvider(aws, { folder, engine, onCancel })
    : new CloudProvider(gcp, { folder, engine, onCancel }),
);
