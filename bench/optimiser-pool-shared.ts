import { fork } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { benchRoot, type Job, type JobResult } from "./optimiser-job-shared.js";

/** Runs jobs in child processes, as many as there are cores (or `workers`), and calls back after each. */
export async function runJobs(
  jobs: readonly Job[],
  onDone: (result: JobResult, done: number) => void,
  workers = cpus().length,
): Promise<void> {
  const queue = [...jobs];
  let done = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(join(benchRoot, "dist/bench/optimiser-run-worker.js"), {
        serialization: "advanced",
      });
      const next = (): void => {
        const job = queue.shift();
        if (job === undefined) child.disconnect();
        else child.send(job);
      };
      child.on("message", (result: JobResult) => {
        onDone(result, ++done);
        next();
      });
      child.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`a bench process ended with ${code}`)),
      );
      next();
    });
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, one));
}
