import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  /** Its last lines on stderr. */
  readonly lines: readonly string[];
}

const keptLines = 200;

/** One command of this program as a process of its own, below normal priority: the run must not wait for it. */
export class Child {
  private readonly process: ChildProcess;
  private readonly said: string[] = [];
  private out = "";
  /** Resolves when it is gone, however it went. */
  readonly ended: Promise<Ended>;

  constructor(command: readonly string[], args: readonly string[]) {
    const [program = process.execPath, ...first] = command;
    this.process = spawn(program, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      if (this.process.pid !== undefined)
        setPriority(this.process.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // Gone already, or not allowed: then at its own priority.
    }
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    let rest = "";
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop() ?? "";
      this.said.push(...lines.filter((l) => l.trim() !== ""));
      this.said.splice(0, Math.max(0, this.said.length - keptLines));
    });
    this.ended = new Promise((resolve) => {
      this.process.once("error", (error) => resolve({ code: null, out: "", lines: [error.message] }));
      this.process.once("close", (code) => {
        if (rest.trim() !== "") this.said.push(rest.trim());
        resolve({ code, out: this.out, lines: this.lines });
      });
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }
  get lines(): readonly string[] {
    return [...this.said];
  }
  /** As Ctrl-C would: what is done is kept. */
  interrupt(): void {
    this.process.kill("SIGINT");
  }
}
