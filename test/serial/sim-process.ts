import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { line, start, tempFolder } from "../cli/command-line.js";

/** What the simulator knows of its light, whatever it says on the wire. */
export interface Truth {
  readonly emission: boolean;
  readonly [name: string]: unknown;
}

/** A simulated device in a process of its own (`stedloop device-sim`), spoken to over its pseudo-terminal only. */
export class SimProcess {
  private readonly answers: ((text: string) => void)[] = [];
  private constructor(
    readonly path: string,
    private readonly child: ChildProcess,
  ) {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) =>
      this.answers.shift()?.(text),
    );
  }

  static async start(kind: string, args: readonly string[] = []): Promise<SimProcess> {
    const path = `${tempFolder()}/port`;
    const child = start(["device-sim", kind, "--link", path, ...args]);
    child.stderr?.resume();
    await line(child, "stdout", /ready/);
    return new SimProcess(path, child);
  }

  async truth(): Promise<Truth> {
    return (await this.say({ status: true })).status as Truth;
  }
  async fault(name: string, limit: { for?: number; commands?: number } = {}): Promise<void> {
    await this.say({ fault: name, ...limit });
  }
  async clear(name = "all"): Promise<void> {
    await this.say({ clear: name });
  }

  private async say(message: object): Promise<{ readonly [key: string]: unknown }> {
    const answer = new Promise<string>((resolve) => this.answers.push(resolve));
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
    return JSON.parse(await answer) as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }
}
