import type { CaseResult, Measurement } from "./case";
import type { Machine } from "./machine";
import { median, summary } from "./statistics";
import { table } from "./table";

export interface Outcome extends CaseResult {
  readonly name: string;
}

/** How many times as much ours is, by the medians. */
export function ratioOf({ ours, bare }: Measurement): number | undefined {
  return bare && median(ours) / median(bare.values);
}

const number = (value: number, unit: Measurement["unit"]) => value.toFixed(unit === "s" || unit === "%" ? 1 : 0);

function spread(values: readonly number[], unit: Measurement["unit"]): string {
  const { min, max } = summary(values);
  return values.length > 1 ? `${number(min, unit)}..${number(max, unit)}` : "";
}

const columns = (name: string) =>
  [
    { title: name, align: "left" },
    { title: "ours", align: "right" },
    { title: "spread", align: "right" },
    { title: "bare", align: "right" },
    { title: "spread", align: "right" },
    { title: "", align: "left" },
    { title: "ratio", align: "right" },
    { title: "bare is", align: "left" },
  ] as const;

function row(measurement: Measurement): string[] {
  const { name, unit, ours, bare } = measurement;
  return [
    name,
    number(median(ours), unit),
    spread(ours, unit),
    bare ? number(median(bare.values), unit) : "",
    bare ? spread(bare.values, unit) : "",
    unit,
    ratioOf(measurement)?.toFixed(2) ?? "",
    bare?.is ?? "",
  ];
}

/** What a person reads: the machine, then a table for each case. A repeated measurement shows its median. */
export function formatOutcomes(machine: Machine, outcomes: readonly Outcome[]): string {
  const tools = table(
    [
      { title: "", align: "left" },
      { title: "", align: "left" },
      { title: "", align: "left" },
    ],
    machine.tools.map(({ name, version, from }) => [name, version, from]),
  ).slice(1);
  const facts: [string, string][] = [
    ["machine", `${machine.cores} cores, ${machine.memoryGib.toFixed(1)} GiB, ${machine.system}, node ${machine.node}`],
    [
      "load",
      `${machine.loadBefore.toFixed(2)} before the run${machine.disturbed ? ": above 1, something else was running and the figures are disturbed" : ""}`,
    ],
    ...tools.map((line, index): [string, string] => [index === 0 ? "tools" : "", line]),
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(9)}${value}`),
    ...outcomes.flatMap(({ name, measurements, comparisons = [], notes }) => [
      ...(measurements.length > 0 ? ["", ...table(columns(name), measurements.map(row))] : []),
      ...comparisons.flatMap((comparison) => ["", ...table(comparison.columns, comparison.rows)]),
      ...(notes.length > 0 ? ["", ...notes] : []),
    ]),
    "",
  ].join("\n");
}

/** What `--json` prints. */
export function jsonOutcomes(machine: Machine, outcomes: readonly Outcome[]) {
  return {
    machine,
    cases: outcomes.map(({ name, measurements, comparisons, notes }) => ({
      name,
      measurements: measurements.map((measurement) => ({
        name: measurement.name,
        unit: measurement.unit,
        ours: { ...summary(measurement.ours), values: measurement.ours },
        ...(measurement.bare && {
          bare: { is: measurement.bare.is, ...summary(measurement.bare.values), values: measurement.bare.values },
          ratio: ratioOf(measurement),
        }),
      })),
      ...(comparisons && { comparisons: comparisons.map(({ figures }) => figures) }),
      notes,
    })),
  };
}
