/** A simulated device as its own process, as a user starts it. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { ended, start } from "../cli/command-line.js";

export interface Answer {
  readonly [key: string]: unknown;
  readonly status?: {
    readonly emission: boolean;
    readonly open: boolean;
    readonly path: string | null;
  } & Record<string, unknown>;
}
export interface DeviceProcess {
  readonly child: ChildProcess;
  readonly path: string;
  /** Sends an order on stdin, gives the answer. */
  order(order: Readonly<Record<string, unknown>> | string): Promise<Answer>;
  emission(): Promise<boolean>;
  stop(): Promise<number | null>;
}

export async function startDevice(kind: string, args: readonly string[] = []): Promise<DeviceProcess> {
  const child = start(["device-sim", kind, ...args]);
  const waiting: ((line: string) => void)[] = [];
  const lines: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  let lastWords = "";
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
    lastWords = line;
  });
  const line = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const early = lines.shift();
      if (early !== undefined) {
        resolve(early);
        return;
      }
      const gone = (): void => reject(new Error(`device-sim ended: ${lastWords}`));
      child.once("exit", gone);
      waiting.push((text) => {
        child.off("exit", gone);
        resolve(text);
      });
    });
  const ready = JSON.parse(await line()) as { ready: boolean; path: string };
  const order: DeviceProcess["order"] = async (asked) => {
    child.stdin?.write(`${typeof asked === "string" ? asked : JSON.stringify(asked)}\n`);
    return JSON.parse(await line()) as Answer;
  };
  return {
    child,
    path: ready.path,
    order,
    emission: async () => (await order({ status: true })).status?.emission === true,
    stop() {
      if (child.exitCode === null) child.kill("SIGTERM");
      return ended(child);
    },
  };
}
