import { type Job, runJob } from "./optimiser-job-shared.js";

process.on("message", async (job: Job) => {
  process.send?.(await runJob(job));
});
