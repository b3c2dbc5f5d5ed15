import { formatCsv, inert } from "../../core/index.js";
import type { RunRecord, StepRecord } from "../records.js";

type Cell = string | number | null;

/**
 * A run's committed steps as CSV (RFC 4180, UTF-8, a line feed a row): step, at, region, each setting as asked for,
 * each objective, the STED frame's score with its bounds, and why something is empty. Numbers are written with as many
 * digits as give them back exactly, so a row is the same in every export.
 */
export function stepsTable(run: RunRecord, records: readonly StepRecord[]): string {
  const done = records.filter((r) => r.state === "done");
  const settings = names(
    run.parameters.map((p) => p.name),
    done.map((r) => r.intent.settings),
  );
  const objectives = names(
    run.objectives.map((o) => o.name),
    done.map((r) => r.result?.objectives ?? {}),
  );
  const head = ["step", "at", "region", ...settings, ...objectives, "score", "lower", "upper", "reason"];
  const rows = done.map(({ intent, result }): Cell[] => [
    intent.step,
    result?.at ?? intent.at,
    intent.region?.id ?? null,
    ...settings.map((name) => intent.settings[name] ?? null),
    ...objectives.map((name) => result?.objectives[name]?.value ?? null),
    result?.score?.score ?? null,
    result?.score?.lower ?? null,
    result?.score?.upper ?? null,
    reasons(result),
  ]);
  return formatCsv(
    head.map(cell),
    rows.map((row) => row.map(cell)),
  );
}

/** The declared names first, then what else the steps have, in the order it first appears. */
function names(declared: readonly string[], seen: readonly object[]): string[] {
  return [...new Set([...declared, ...seen.flatMap((item) => Object.keys(item))])];
}

function reasons(result: StepRecord["result"]): string | null {
  if (result === null) return null;
  const said = Object.entries(result.objectives).flatMap(([name, { reason }]) =>
    reason === undefined || reason === result.score?.reason ? [] : [`${name}: ${reason}`],
  );
  const all = [...(result.score?.reason === undefined ? [] : [result.score.reason]), ...said];
  return all.length === 0 ? null : all.join("; ");
}

/** Names of regions and settings come from whatever rig it was. */
function cell(value: Cell): string {
  return typeof value === "string" ? inert(value) : String(value ?? "");
}
