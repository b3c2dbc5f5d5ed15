import { Worker } from "node:worker_threads";

/** A case that holds the thread for so long hangs; nothing inside the thread could say so. */
const hangMs = 60_000;

const source = `
const { workerData, parentPort } = require("node:worker_threads");
const { shared, name, seed, hangMs } = workerData;
const cell = new Int32Array(shared);
let seen = -1;
let since = Date.now();
const timer = setInterval(() => {
  const now = Atomics.load(cell, 0);
  if (now !== seen) { seen = now; since = Date.now(); return; }
  if (Date.now() - since < hangMs) return;
  require("node:fs").writeSync(2, "FAILED seed " + seed + ": " + name + ", case " + now + " hangs\\n");
  process.kill(process.pid, "SIGKILL");
}, 500);
parentPort.once("message", () => clearInterval(timer));
`;

/** Ends this process with a word about the case where one holds the thread for a minute. */
export function watchdog(name: string, seed: number): { at(k: number): void; end(): void } {
  const shared = new SharedArrayBuffer(4);
  const cell = new Int32Array(shared);
  const worker = new Worker(source, { eval: true, workerData: { shared, name, seed, hangMs } });
  worker.unref();
  return {
    at: (k) => void Atomics.store(cell, 0, k),
    end: () => {
      worker.postMessage("end");
      void worker.terminate();
    },
  };
}
