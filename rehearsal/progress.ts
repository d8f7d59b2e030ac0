import { terminalReporter } from "./toolchain";

/** Tells on standard error what a long command is doing: one changing line on a terminal, plain lines elsewhere. */
export class Progress {
  private current = "";
  private started = Date.now();
  private count: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `onStep` hears of every step and count as well; for those who act in the middle of one. */
  constructor(
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly onStep: (name: string, count?: number) => void = () => {},
  ) {}

  tools = () => terminalReporter(this.stream);

  /** The step that begins; a repeated name only moves its counter. */
  step(name: string, count?: number): void {
    this.count = count;
    this.onStep(name, count);
    if (name === this.current) return;
    this.finish();
    this.current = name;
    this.started = Date.now();
    if (this.stream.isTTY) {
      this.timer = setInterval(() => this.draw(), 100);
      this.timer.unref();
      this.draw();
    } else {
      this.stream.write(`${name}\n`);
    }
  }

  done(): void {
    this.finish();
    this.current = "";
  }

  private draw(): void {
    const seconds = Math.round((Date.now() - this.started) / 1000);
    this.stream.write(
      `\r\x1b[2K\x1b[36m${this.current}\x1b[0m${this.count ? ` ${this.count} resources` : ""} ${seconds} s`,
    );
  }

  private finish(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    const seconds = Math.round((Date.now() - this.started) / 1000);
    this.stream.write(`\r\x1b[2K${this.current} ${seconds} s\n`);
  }
}
