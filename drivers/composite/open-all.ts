import { ConfigError, StedError as Sted, type StedError, toStedError } from "../../src/core/index.js";
import type { Rig, RigInfo } from "../contract.js";
import type { Source } from "./source.js";

/** Scanner and sources side by side; everything that a person must mend is reported at once, and all is closed again. */
export async function openAll(scanner: Rig, sources: readonly Source[]): Promise<RigInfo> {
  const [scanned, ...opened] = await Promise.allSettled([scanner.open(), ...sources.map((s) => s.open())]);
  const faults = [scanned, ...opened].flatMap((o) =>
    o !== undefined && o.status === "rejected" ? [toStedError(o.reason)] : [],
  );
  if (scanned?.status === "fulfilled" && faults.length === 0) return scanned.value;
  await Promise.allSettled(sources.map((s) => s.close()));
  throw together(faults);
}

function together(faults: readonly StedError[]): StedError {
  const [only] = faults;
  if (faults.length === 1 && only !== undefined) return only;
  const text = faults.map((f, i) => `(${i + 1}) ${f.line}`).join(" ");
  const Class = faults.some((f) => f.exitCode === 2) ? ConfigError : Sted;
  return new Class("RIG_DOWN", `${faults.length} parts of the rig are not there: ${text}`);
}
