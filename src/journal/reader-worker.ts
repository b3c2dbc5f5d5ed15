import { parentPort, workerData } from "node:worker_threads";
import { serveCalls } from "../core/index.js";
import { findRun, listEvents, listExtras, listRuns, listSteps, unknownRun } from "./queries.js";
import { readDatabase, readFrame } from "./reading.js";
import type { RunRecord, StepsOptions } from "./records.js";
import { takeSnapshot } from "./snapshot.js";

/** The thread that reads the journal, so that a long list never holds up the loop. */
const { dataDir } = workerData as { readonly dataDir: string };

function run(id: string): RunRecord {
  const found = readDatabase(dataDir, (database, alive) => findRun(database, id, alive, dataDir));
  if (found === null) throw unknownRun(id, dataDir);
  return found.value;
}

if (parentPort !== null) {
  serveCalls(parentPort, {
    runs: () => readDatabase(dataDir, listRuns)?.value ?? [],
    run,
    steps: (id: string, options: StepsOptions) =>
      readDatabase(dataDir, (database) => listSteps(database, id, options))?.value ?? [],
    extras: (id: string) => readDatabase(dataDir, (database) => listExtras(database, id))?.value ?? [],
    events: (id: string) => readDatabase(dataDir, (database) => listEvents(database, id))?.value ?? [],
    snapshot: (file: string) => takeSnapshot(dataDir, file),
    frame: (id: string, idOrHash: string) => readFrame(dataDir, id, idOrHash),
  });
}
