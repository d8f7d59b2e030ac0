import { table } from "../bench/table";
import { type Outcome, roofline } from "./answer";
import { cacheBytes, type Layout } from "./memory";
import type { NamedModel } from "./model";
import type { Objective } from "./objective";
import type { SizedRole } from "./plan";

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });

const usd = (value: number | undefined): string => (value === undefined ? "unknown" : number(value, 2));

/** `2 x 4 (tp 4)`: replicas, GPUs of one, and how they divide the work. */
const inShort = ({ replicas, gpus, nodes, tensorParallel, expertParallel }: SizedRole): string =>
  `${replicas} x ${nodes > 1 ? `${nodes} nodes of ` : ""}${gpus} (${expertParallel ? "ep" : `tp ${tensorParallel}`})`;

const layoutInShort = ({ gpus, nodes, expertParallel }: Layout): string =>
  `${nodes > 1 ? `${nodes}x` : ""}${gpus}${expertParallel ? " ep" : ""}`;

const hardwareInShort = ({ accelerator, perNode, machine }: Outcome): string =>
  `${accelerator}, ${machine ?? `${perNode} per node`}`;

/** What a person reads: the model, a line for each kind of hardware, and what the figures rest on. */
export function report(model: NamedModel, objective: Objective | undefined, outcomes: readonly Outcome[]): string {
  const possible = outcomes.filter(({ why }) => why === undefined);
  const impossible = outcomes.filter(({ why }) => why !== undefined);
  return [
    ...described(model, objective),
    ...(possible.length === 0 ? [] : ["", ...(objective ? planned(possible) : fits(possible))]),
    ...(impossible.length === 0 ? [] : ["", "not with"]),
    ...impossible.map((outcome) => `  ${hardwareInShort(outcome)}: ${outcome.why}`),
    "",
    ...notes(outcomes, objective),
    "",
  ].join("\n");
}

function described({ name, architecture, source }: NamedModel, objective: Objective | undefined): string[] {
  const { parametersBillions, precision, weightsGib, maxContext } = architecture;
  const perToken = cacheBytes(architecture, maxContext, 1) / maxContext / 1024;
  return [
    `${name}: ${number(parametersBillions, 1)} billion parameters in ${precision}, ${number(weightsGib, 1)} GiB of weights, ${number(perToken, 1)} KiB of KV cache per token, up to ${number(maxContext)} tokens`,
    `  ${source}`,
    ...(objective
      ? [
          `asked: ${number(objective.requestsPerSecond, 1)} requests/s of ${number(objective.inputTokens)} + ${number(objective.outputTokens)} tokens, the first within ${number(objective.ttftMs)} ms, each further within ${number(objective.tpotMs)} ms`,
        ]
      : []),
  ];
}

const left = (title: string) => ({ title, align: "left" }) as const;
const right = (title: string) => ({ title, align: "right" }) as const;

function planned(outcomes: readonly Outcome[]): string[] {
  return table(
    [
      ...[left("hardware"), left("fits on"), left("prefill"), left("decode"), right("GPUs"), right("KV tokens")],
      ...[right("TTFT ms"), right("TPOT ms"), right("USD/h"), right("USD/M tokens"), left("by")],
    ],
    outcomes.map((outcome) => {
      const { plan, fitting, kvTokensPerReplica, totalUsdPerHour, usdPerMillionTokens, by } = outcome;
      return [
        hardwareInShort(outcome),
        fitting.map(layoutInShort).join(", "),
        plan ? inShort(plan.prefill) : "",
        plan ? inShort(plan.decode) : "",
        plan ? number(plan.gpus) : "",
        number(kvTokensPerReplica ?? 0),
        plan ? number(plan.ttftMs) : "",
        plan ? number(plan.tpotMs, 1) : "",
        usd(totalUsdPerHour),
        usd(usdPerMillionTokens),
        by ?? "",
      ];
    }),
  );
}

function fits(outcomes: readonly Outcome[]): string[] {
  return table(
    [left("hardware"), left("GPUs"), right("weights GiB per GPU"), right("KV tokens"), right("USD/h of a node")],
    outcomes.flatMap((outcome) =>
      outcome.fitting.map((layout) => [
        hardwareInShort(outcome),
        layoutInShort(layout),
        number(layout.weightsGib, 1),
        number(layout.kvTokens),
        usd(outcome.usdPerHour),
      ]),
    ),
  );
}

/** How far a roofline's GPUs are from those of measured kernels: `npm run bench -- sizing` compares them. */
export const rooflineError =
  "roofline: estimated from peak rates; of eight objectives its GPUs were 0.80 to 1.04 times those that measured kernels took (docs/sizing.md), so leave a fifth";

function notes(outcomes: readonly Outcome[], objective: Objective | undefined): string[] {
  const measured = [...new Set(outcomes.map(({ by }) => by).filter((by) => by !== undefined && by !== roofline))];
  const unmeasured = [...new Set(outcomes.map(({ unmeasured }) => unmeasured).filter((why) => why !== undefined))];
  return [
    "fits on: GPUs of one server that hold the weights and one such request; ep: experts spread over them",
    "prices: on demand, of the region where the machine costs least; spread over all nodes, whether full or not",
    ...(objective === undefined
      ? []
      : [
          ...measured.map((by) => `measured kernels of ${by} decided the sizes`),
          ...unmeasured.map((why) => `no measured kernels: ${why}`),
          ...(outcomes.some(({ by }) => by === roofline) ? [rooflineError] : []),
          ...(measured.length === 0 && unmeasured.length === 0
            ? ["aiconfigurator is not installed (pip install aiconfigurator); its measured kernels would decide"]
            : []),
        ]),
  ];
}
