import type { Failure } from "./contract.js";

/** What the lives of all runs came to. */
export interface Tally {
  readonly failures: Failure[];
  lives: number;
  /** Lives after which everything held. */
  held: number;
  deaths: number;
  rigDeaths: number;
  /** Last words of lives that ended by themselves before their moment and before the run was finished, with a rig that lived. */
  readonly early: string[];
  litAtDeath: number;
  /** When it was dark after a death, as far as the watch can tell, ms. */
  readonly darkMs: number[];
  /** Watches of the light that prove neither that it was dark in time nor that it was not. */
  readonly doubtful: string[];
  finished: number;
  replayed: number;
}

export function newTally(): Tally {
  return {
    ...{ failures: [], lives: 0, held: 0, deaths: 0, rigDeaths: 0, early: [], litAtDeath: 0 },
    ...{ darkMs: [], doubtful: [], finished: 0, replayed: 0 },
  };
}

/** A line that says how far it is, so that a trial that is cut short has told what it saw. @param seconds so far */
export function progress(tally: Tally, count: number, seconds: number): string {
  const { lives, held, deaths, rigDeaths, failures, doubtful, finished, replayed } = tally;
  const each = seconds / Math.max(1, lives);
  return [
    `${lives} of ${count} lives: ${held} held, ${failures.length} failures, ${deaths} daemons and ${rigDeaths} rigs killed`,
    `${finished} runs finished, ${replayed} replayed bit for bit, ${doubtful.length} watches of the light in doubt`,
    `${each.toFixed(1)} s a life, about ${Math.ceil(((count - lives) * each) / 60)} min to go`,
  ].join("; ");
}

export function figures(tally: Tally): Record<string, number | string> {
  return {
    "lives after which all held": tally.held,
    "daemons killed": tally.deaths,
    "rigs killed": tally.rigDeaths,
    "lives that ended early by themselves": tally.early.length,
    ...Object.fromEntries(early(tally.early)),
    "killed with light on": tally.litAtDeath,
    "longest until dark, ms": Math.round(Math.max(0, ...tally.darkMs)),
    "watches of the light in doubt": tally.doubtful.length,
    "runs that came to their end": tally.finished,
    "runs replayed bit for bit": tally.replayed,
  };
}

/** How often each last word was said. */
function early(words: readonly string[]): [string, number][] {
  const kinds = [...new Set(words)];
  return kinds.map((kind) => [`  of these: ${kind}`, words.filter((w) => w === kind).length]);
}
