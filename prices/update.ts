import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parsePriceData } from "../catalog/price-data";
import { applied, written } from "./apply";
import { type RefreshOptions, refreshed } from "./refresh";
import { describeReport, type Report, reportOf } from "./report";

/** The variable of the environment that holds a key of Google's API. */
export const googleKeyName = "GOOGLE_CLOUD_API_KEY";

const usage = `Usage: npm run -s prices:update -- [--provider aws|gcp] [--from <url>] [--write] [--json]

Compares the prices in catalog/prices.json with the public price lists of AWS and Google Cloud, and shows what changed.

  --provider <p>  reads the list of one provider alone
  --from <url>    reads the lists from there, as from a mirror
  --write         writes what changed, unless a list could not be read
  --json          prints the outcome as JSON

Google's list takes a key of its API in ${googleKeyName}; without one it is not read.`;

class UsageError extends Error {}

export interface UpdateOptions extends RefreshOptions {
  /** The file that holds the prices. */
  readonly file: string;
  readonly write: boolean;
}

/** Compares a file of prices with the public lists, and rewrites it where that was asked for and all lists were read. */
export async function update({ file, write, ...options }: UpdateOptions): Promise<Report> {
  const data = parsePriceData(JSON.parse(readFileSync(file, "utf8")));
  const outcome = await refreshed(data, options);
  const writes = write && outcome.failed.length === 0 && outcome.readings.length > 0;
  if (writes) {
    const next = `${file}.next`;
    writeFileSync(next, written(applied(data, outcome.readings)));
    renameSync(next, file);
  }
  return reportOf(outcome, writes);
}

interface Arguments extends Pick<UpdateOptions, "providers" | "from" | "write"> {
  readonly json: boolean;
  readonly help: boolean;
}

/** Throws UsageError for what it does not understand. */
export function parseArguments(args: readonly string[]): Arguments {
  let values: { provider?: string; from?: string; write?: boolean; json?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        provider: { type: "string" },
        from: { type: "string" },
        write: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { provider, from } = values;
  if (provider !== undefined && provider !== "aws" && provider !== "gcp") {
    throw new UsageError(`--provider ${provider}: aws or gcp`);
  }
  if (from !== undefined && !/^https?:\/\/[^/]/.test(from)) throw new UsageError(`--from ${from}: an http(s) address`);
  return {
    providers: provider === undefined ? ["aws", "gcp"] : [provider],
    ...(from === undefined ? {} : { from: from.replace(/\/+$/, "") }),
    write: values.write === true,
    json: values.json === true,
    help: values.help === true,
  };
}

async function main(args: readonly string[]): Promise<void> {
  const { json, help, ...options } = parseArguments(args);
  if (help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const report = await update({
    ...options,
    file: join(__dirname, "../catalog/prices.json"),
    googleKey: process.env[googleKeyName],
    progress: (message) => process.stderr.write(`${message}\n`),
  });
  process.stdout.write(`${json ? JSON.stringify(report) : describeReport(report)}\n`);
  if (report.failed.length > 0) process.exitCode = 1;
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    const asked = error instanceof UsageError;
    process.stderr.write(asked ? `${error.message}\n\n${usage}\n` : `${error.stack}\n`);
    process.exitCode = asked ? 2 : 1;
  });
}
