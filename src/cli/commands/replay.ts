import { Command } from "commander";
import type { ResolvedConfig } from "../../config/index.js";
import { systemClock } from "../../core/index.js";
import { openJournalReader } from "../../journal/index.js";
import { replayRun } from "../../loop/index.js";
import { OptimiserWorker } from "../../optimiser/index.js";
import { openBundle, Scorer } from "../../scoring/index.js";
import { Progress, print, printJson } from "../output.js";
import { spaceOf } from "../space.js";

export function command(): Command {
  return new Command("replay")
    .description(
      "Scores a run's stored frames and asks the optimiser again; compares every score and proposal.",
    )
    .argument("<run>", "id of the run, or 'latest'")
    .option("--data <folder>", "where runs are kept", "./data")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop replay latest --json")
    .action(replay);
}

async function replay(
  id: string,
  options: { readonly data: string; readonly json?: boolean },
): Promise<void> {
  const reader = await openJournalReader(options.data);
  const undo: (() => Promise<void>)[] = [() => reader.close()];
  try {
    const record = await reader.run(id);
    const config = record.config as ResolvedConfig;
    const bundle = await openBundle(config.model);
    const scorer = await Scorer.open(bundle, {
      engine: ["remote", "fleet"].includes(config.engine) ? "auto" : config.engine,
      threads: record.engine.threads,
    });
    undo.push(() => scorer.close());
    const { parameters, objectives, seed } = record;
    const optimiser = await OptimiserWorker.open(spaceOf(config, parameters, objectives, seed));
    undo.push(() => optimiser.close());
    const progress = new Progress("replay", () => systemClock.monotonic());
    const result = await replayRun(reader, record.run, scorer, optimiser, (done, total) =>
      progress.update(done, total),
    );
    if (options.json) printJson(result);
    else print(inWords(result));
    if (!result.withinTolerance) process.exitCode = 1;
  } finally {
    for (const close of undo.reverse()) await close().catch(() => undefined);
  }
}

function inWords(result: Awaited<ReturnType<typeof replayRun>>): string {
  const { run, steps, identical, firstDifference } = result;
  if (identical) return `run ${run}: ${steps} steps, identical bit for bit`;
  const where =
    firstDifference === null ? "" : ` (first at step ${firstDifference.step}: ${firstDifference.what})`;
  return `run ${run}: ${steps} steps, ${result.withinTolerance ? "the same within 1e-4" : "different"}${where}`;
}
