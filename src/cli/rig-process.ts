import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SimulatedRigProcess } from "../../drivers/registry.js";
import { type Clock, ConnectError, type Logger } from "../core/index.js";

/** How long a child may take to answer, and to end after its pipe closed. */
const readyMs = 30_000;
const endMs = 3000;

/** Set for a rig that this process started: the rig ends when the pipe on its stdin closes. */
export const parentPipe = "STEDLOOP_PARENT_PIPE";

/**
 * Starts the simulated rig as a process of its own on free loopback ports. It ends when this process does, however
 * that comes about, because its stdin closes then.
 */
export async function startRigProcess(
  args: readonly string[],
  clock: Clock,
  logger: Logger,
): Promise<SimulatedRigProcess> {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(
    process.execPath,
    [main, "rig", "--bind", "tcp://127.0.0.1:*", "--events", "tcp://127.0.0.1:*", ...args],
    {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, [parentPipe]: "1" },
    },
  );
  child.stdin?.on("error", () => undefined);
  let lastWords = "";
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
    lastWords = line;
    logger.debug({ from: "rig" }, line);
  });
  const address = await ready(child, clock, () => lastWords);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("exit", (code, signal) => logger.debug({ code, signal }, "the simulated rig's process ended"));
  return {
    ...address,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin?.end();
      const timer = clock.after(endMs, () => child.kill("SIGKILL"));
      await gone;
      timer.cancel();
    },
  };
}

function ready(
  child: ChildProcess,
  clock: Clock,
  lastWords: () => string,
): Promise<{ readonly commands: string; readonly events: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      timer.cancel();
      child.kill("SIGKILL");
      reject(new ConnectError("RIG_DOWN", `the simulated rig did not start: ${why}`));
    };
    const timer = clock.after(readyMs, () => fail(`silent for ${readyMs / 1000} s`));
    child.once("exit", (code) => fail(lastWords() || `exit code ${code}`));
    child.once("error", (error) => fail(error.message));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) => {
      timer.cancel();
      child.removeAllListeners("exit");
      try {
        resolve(JSON.parse(line) as { commands: string; events: string });
      } catch {
        fail(`it said '${line.slice(0, 80)}'`);
      }
    });
  });
}
