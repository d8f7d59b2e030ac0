import { findAiconfigurator } from "./aiconfigurator";
import { outcomesOf } from "./answer";
import { parseArguments, UsageError, usage } from "./arguments";
import { findModel, ModelError } from "./model";
import { report } from "./report";

/** Something that the user is told in one line. */
class Refusal extends Error {}

/** Prints what a model takes. Throws UsageError, ModelError or Refusal where there is nothing to print. */
async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const { model: name, accelerators, objective, region, json } = parseArguments(args);
  const model = await findModel(name);
  const installed = objective ? await findAiconfigurator() : undefined;
  const outcomes = await outcomesOf(model, accelerators, objective, region, installed, (message) =>
    process.stderr.write(`${message}\n`),
  );
  if (outcomes.length === 0) throw new Refusal(`${region} has none of ${accelerators.join(", ")}`);
  process.stdout.write(
    json
      ? `${JSON.stringify({ model, ...(objective ? { objective } : {}), choices: outcomes })}\n`
      : report(model, objective, outcomes),
  );
  if (outcomes.every(({ why }) => why !== undefined))
    throw new Refusal(objective ? "no such hardware serves it as asked" : "no such hardware holds it");
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    const known = error instanceof UsageError || error instanceof ModelError || error instanceof Refusal;
    process.stderr.write(
      `${known ? error.message : error.stack}\n${error instanceof UsageError ? `\n${usage}\n` : ""}`,
    );
    process.exitCode = 1;
  });
}
