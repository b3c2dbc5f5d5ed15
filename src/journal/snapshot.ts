import { rmSync } from "node:fs";
import { StoreError } from "../core/index.js";
import { Database } from "./database.js";
import { readDatabase } from "./reading.js";

export interface Snapshot {
  readonly runs: readonly string[];
  readonly frames: number;
  /** Groups of the runs' Zarrs that hold the frames: one a step, one a frame outside a step. */
  readonly groups: readonly { readonly run: string; readonly path: string }[];
}

/** Writes the database as it is at this moment into a new file, checks that file, and says what it lists. */
export function takeSnapshot(dataDir: string, file: string): Snapshot {
  const made = readDatabase(
    dataDir,
    (database) => {
      rmSync(file, { force: true });
      database.run("VACUUM INTO ?", file);
      return true;
    },
    { transaction: false },
  );
  if (made === null) throw new StoreError("JOURNAL_DAMAGED", "the journal is empty", { where: dataDir });
  const copy = Database.open(file, "frozen", 0);
  try {
    const [check] = copy.all<{ integrity_check: string }>("PRAGMA integrity_check");
    if (check?.integrity_check !== "ok") {
      throw new StoreError("JOURNAL_DAMAGED", `the copy is damaged: ${check?.integrity_check}`, {
        where: file,
      });
    }
    const runs = copy.all<{ run: string }>("SELECT run FROM run ORDER BY ordinal").map((r) => r.run);
    const rows = copy.all<{ run: string; path: string; role: string }>(
      "SELECT run, path, role FROM frame ORDER BY ordinal",
    );
    const groups = new Map<string, { run: string; path: string }>();
    for (const { run, path, role } of rows) {
      const group = role === "extra" ? path : path.slice(0, path.lastIndexOf("/"));
      groups.set(`${run}/${group}`, { run, path: group });
    }
    return { runs, frames: rows.length, groups: [...groups.values()] };
  } finally {
    copy.close();
  }
}
