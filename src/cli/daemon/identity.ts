import { randomBytes } from "node:crypto";
import { type ResolvedConfig, stableHash } from "../../config/index.js";
import type { Clock } from "../../core/index.js";

/** A run's name: when it began and four random hex digits, so that two in one second differ. */
export function newRunId(clock: Clock): string {
  const stamp = new Date(clock.now()).toISOString().replace(/[-:]/g, "").slice(0, 15);
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}

/** What makes a run the run it is: a resume under another of these would mix two experiments. */
export function configIdentity(config: ResolvedConfig): string {
  const { parameters, fixed, confocal, objectives, optimiser, limits, gate } = config;
  const { sources, dose, combinations } = config;
  // Left out where there is none: runs of earlier versions then keep their identity.
  const rules = [sources, dose, combinations].every((r) => r === undefined)
    ? {}
    : { sources, dose, combinations, beam: config.beam };
  const rig =
    config.rig.kind === "simulated"
      ? { ...config.rig, timeScale: undefined, seed: undefined, faults: undefined }
      : config.rig;
  return stableHash({ rig, parameters, fixed, confocal, objectives, optimiser, limits, gate, ...rules });
}
