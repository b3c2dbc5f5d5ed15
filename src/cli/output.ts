import { writeSync } from "node:fs";
import { StedError, toStedError } from "../core/index.js";

/** One JSON document on one line on stdout; nothing else is ever printed there with --json. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** A line on stdout, written whole even into a pipe that is about to close. */
export function print(line: string): void {
  write(1, `${line}\n`);
}

/** A line for people on stderr. */
export function say(line: string): void {
  write(2, `${line}\n`);
}

function write(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      // The reader went away (`| head`): nobody is left to tell.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw thrown;
    }
  }
}

/** One clear line, no stack; returns the exit code. An error of our own making (a bug) says that it is one. */
export function report(thrown: unknown): 1 | 2 {
  const error = toStedError(thrown);
  const bug = !(thrown instanceof StedError);
  say(`stedloop: ${bug ? "unexpected: " : ""}${error.line}`);
  if (bug && process.env.STEDLOOP_DEBUG !== undefined && thrown instanceof Error) say(thrown.stack ?? "");
  return error.exitCode;
}

/** Progress on stderr: a bar on a terminal, a line every few seconds otherwise. */
export class Progress {
  private lastMs = Number.NEGATIVE_INFINITY;
  private readonly tty = process.stderr.isTTY === true;

  constructor(
    private readonly what: string,
    private readonly monotonic: () => number,
  ) {}

  update(done: number, total: number, detail = ""): void {
    const now = this.monotonic();
    const everyMs = this.tty ? 100 : 5000;
    if (now - this.lastMs < everyMs && done < total) return;
    this.lastMs = now;
    const share = total === 0 ? 1 : done / total;
    if (this.tty) {
      const width = 24;
      const filled = Math.round(share * width);
      const bar = "█".repeat(filled) + "░".repeat(width - filled);
      write(2, `\r\x1b[K${this.what} ${bar} ${done}/${total} ${detail}${done >= total ? "\n" : ""}`);
    } else {
      say(`${this.what} ${done}/${total} ${detail}`.trimEnd());
    }
  }
}
