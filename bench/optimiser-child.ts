import { type Job, runJob } from "./optimiser-job.js";

process.on("message", async (job: Job) => {
  process.send?.(await runJob(job));
});
