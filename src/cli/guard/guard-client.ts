import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { GuardedDevice, LightGuard } from "../../../drivers/registry.js";
import { type Clock, ConnectError, type Logger } from "../../core/index.js";

const readyMs = 20_000;
const ackMs = 2000;
const endMs = 3000;

export interface GuardOptions {
  readonly devices: readonly GuardedDevice[];
  readonly leaseMs: number;
  /** Where it reports what it had to do. */
  readonly report: string;
  readonly webhook?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts the guard: a process of its own that hears the loop's heartbeat over a pipe. When the pipe closes without a
 * word, or light is on and no beat comes, it opens the ports itself and switches everything off.
 */
export async function startGuard(options: GuardOptions): Promise<LightGuard> {
  const { clock, logger, devices, leaseMs, report, webhook } = options;
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "guard"], {
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: what ends, stops or kills the daemon's whole group leaves it alone.
    detached: true,
    windowsHide: true,
  });
  let alive = true;
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const gone = new Promise<void>((resolve) =>
    child.once("exit", () => {
      alive = false;
      for (const { reject } of waiting.values()) reject(lost());
      waiting.clear();
      resolve();
    }),
  );
  child.once("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) =>
    logger.warn({ from: "guard" }, line),
  );
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const { ack, acted } = JSON.parse(line) as { ack?: number; acted?: string };
    if (acted !== undefined) logger.error({ from: "guard" }, acted);
    if (ack === undefined) return;
    waiting.get(ack)?.resolve();
    waiting.delete(ack);
  });
  let orders = 0;
  const say = (order: object): boolean =>
    alive && child.stdin?.write(`${JSON.stringify(order)}\n`) !== undefined;
  const ask = (order: object, ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const id = ++orders;
      if (!say({ ...order, id })) return reject(lost());
      const timer = clock.after(ms, () => {
        waiting.delete(id);
        reject(lost());
      });
      const done = (end: () => void) => (): void => {
        timer.cancel();
        end();
      };
      waiting.set(id, { resolve: done(resolve), reject: () => done(() => reject(lost()))() });
    });
  await ask(
    {
      watch: { devices, leaseMs, report, ...(webhook === undefined ? {} : { webhook }), daemon: process.pid },
    },
    readyMs,
  );
  return {
    get alive() {
      return alive;
    },
    arm: () => ask({ arm: true }, ackMs),
    beat: () => void say({ beat: true }),
    disarm: () => void say({ disarm: true }),
    async close() {
      if (!alive) return;
      say({ end: true });
      child.stdin?.end();
      const timer = clock.after(endMs, () => child.kill("SIGKILL"));
      await gone;
      timer.cancel();
    },
  };
}

function lost(): ConnectError {
  return new ConnectError("GUARD_LOST", "the guard process does not answer: no light without it", {
    hint: "start the run anew",
  });
}
