import type { ToolName } from "../../catalog/tools";

/** Something about a tool worth telling. `seconds` counts from the start of the call. */
export interface ToolEvent {
  readonly tool: ToolName;
  readonly phase: "checking" | "downloading" | "building" | "ready" | "failed";
  readonly detail: string;
  readonly seconds: number;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const colours = { checking: 90, downloading: 36, building: 33, ready: 32, failed: 31 } as const;

/**
 * Shows events on a stream, standard error by default because standard output belongs to `--json`. On a terminal each tool
 * has one line that changes in place; elsewhere each change of phase is one plain line. Call `done` when nothing more comes.
 */
export function terminalReporter(stream: NodeJS.WriteStream = process.stderr): {
  report: (event: ToolEvent) => void;
  done: () => void;
} {
  return stream.isTTY ? liveReporter(stream) : plainReporter(stream);
}

function plainReporter(stream: NodeJS.WriteStream) {
  const shown = new Map<string, string>();
  return {
    report(event: ToolEvent) {
      if (event.phase === "checking" || (shown.get(event.tool) === event.phase && event.phase !== "failed")) return;
      shown.set(event.tool, event.phase);
      stream.write(`${event.tool}: ${event.phase}${event.detail === "" ? "" : `, ${event.detail}`}\n`);
    },
    done() {},
  };
}

function liveReporter(stream: NodeJS.WriteStream) {
  const latest = new Map<string, ToolEvent>();
  let drawn = 0;
  let frame = 0;
  const draw = () => {
    const width = Math.max(0, ...[...latest.keys()].map((name) => name.length));
    const lines = [...latest.values()].map(({ tool, phase, detail, seconds }) => {
      const mark = phase === "ready" ? "✔" : phase === "failed" ? "✘" : spinner[frame % spinner.length];
      const text = `${mark} ${tool.padEnd(width)}  ${phase}${detail === "" ? "" : `, ${detail}`}  ${Math.round(seconds)} s`;
      // A line that wraps could not be overwritten.
      return `\x1b[${colours[phase]}m${text.replace(/\s*\n\s*/g, " ").slice(0, (stream.columns || 80) - 1)}\x1b[0m`;
    });
    stream.write(`${drawn > 0 ? `\x1b[${drawn}A` : ""}${lines.map((line) => `\x1b[2K${line}\n`).join("")}`);
    drawn = lines.length;
  };
  const timer = setInterval(() => {
    frame++;
    if (latest.size > 0) draw();
  }, 100);
  timer.unref();
  return {
    report(event: ToolEvent) {
      const before = latest.get(event.tool);
      latest.set(event.tool, event);
      if (before?.phase !== event.phase) draw();
    },
    done() {
      clearInterval(timer);
      if (latest.size > 0) draw();
    },
  };
}
