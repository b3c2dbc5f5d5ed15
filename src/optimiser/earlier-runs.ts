import type { Row, Scaled } from "./data.js";
import { GaussianProcess } from "./gp.js";
import { activeRows } from "./pool.js";

/** Fewer of its own images cannot tell whether an earlier run misleads. */
export const fewestOwn = 3;
/** One objective alone contradicts an earlier run at such a gain in log evidence, nats. */
const contradiction = -1;
/** Gains of all objectives together: below, nothing of the run is believed. */
const contradictionInAll = 0;

/**
 * What an earlier run does to the likelihood of this run's own values of one objective: log evidence with it minus
 * without, nats, offset and added noise allowed for. Negative: its microscope was not this one. Empty while this run
 * has too few images to tell.
 */
export type Gains = Readonly<Record<string, number>>;

/** @param scaledOf standardises rows; all evidences are brought onto the scale of `whole` */
export function gainsFrom(
  measured: readonly Row[],
  whole: { readonly gp: GaussianProcess; readonly scaled: Scaled },
  scaledOf: (rows: readonly Row[]) => Scaled,
): Gains {
  const sessions = [...new Set(measured.flatMap((r) => r.session ?? []))];
  const own = measured.filter((r) => r.session === undefined);
  if (sessions.length === 0 || own.length < fewestOwn) return {};
  const { scale, offset } = whole.scaled;
  const evidence = (rows: readonly Row[]): number => {
    const theirs = scaledOf(rows);
    // All on one scale, or the densities could not be compared.
    const values = theirs.training.values.map((v) => (theirs.offset + theirs.scale * v - offset) / scale);
    return new GaussianProcess({ ...theirs.training, values }, whole.gp.theta).logEvidence();
  };
  const alone = evidence(own);
  return Object.fromEntries(
    sessions.map((s) => {
      const theirs = activeRows(measured.filter((r) => r.session === s));
      return [s, evidence([...theirs, ...own]) - evidence(theirs) - alone];
    }),
  );
}

/** Earlier runs that these gains of one objective contradict. */
export function misleading(gains: Gains): string[] {
  return Object.keys(gains).filter((s) => (gains[s] as number) < contradiction);
}

/** Earlier runs that the measured objectives contradict, at least half of them, or all of them together. */
export function contradicted(columns: readonly Gains[]): string[] {
  const sessions = [...new Set(columns.flatMap((gains) => Object.keys(gains)))];
  return sessions.filter((s) => {
    const against = columns.filter((gains) => misleading(gains).includes(s)).length;
    const together = columns.reduce((sum, gains) => sum + (gains[s] ?? 0), 0);
    return 2 * against >= columns.length || together < contradictionInAll;
  });
}
