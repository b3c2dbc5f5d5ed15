/**
 * `npm run endure kill`: short headless runs on a rig of its own process, killed (SIGKILL) at random, seeded moments: the
 * daemon, or the rig and then the daemon. After every death the folder is checked (journal-check.ts) and the light watched;
 * the next life resumes. A run that came to its end is replayed: every proposal of every life must come again bit for bit.
 */
import type { EndureOptions, EndureReport, Failure } from "./contract.js";
import { killOneRun } from "./kill-run.js";
import { figures, newTally, progress } from "./tally.js";
import { variants } from "./variants.js";

type Say = (line: string) => void;
const everyMs = 30_000;

export async function kill(options: EndureOptions, say: Say): Promise<EndureReport> {
  const alone = options.words.length > 0;
  const wanted = Object.keys(variants).filter((name) => !alone || options.words.includes(name));
  const trials = alone ? options.count : wanted.length;
  const troubled = await troubles(wanted, trials, options, say);
  const lived = alone ? null : await lives(options, say);
  return {
    target: "kill",
    seed: options.seed,
    cases: troubled.cases + (lived?.cases ?? 0),
    failures: [...troubled.failures, ...(lived?.failures ?? [])],
    figures: { ...lived?.figures, ...troubled.figures },
  };
}

type Part = Pick<EndureReport, "cases" | "failures" | "figures">;

async function lives(options: EndureOptions, say: Say): Promise<Part> {
  const tally = newTally();
  const start = performance.now();
  let left = options.count;
  let told = 0;
  let toldDoubts = 0;
  const tell = (): void => {
    for (const { seed, what, file } of tally.failures.slice(told))
      say(`FAILED seed ${seed}: ${what}, kept in ${file}`);
    for (const doubt of tally.doubtful.slice(toldDoubts)) say(`in doubt: ${doubt}`);
    told = tally.failures.length;
    toldDoubts = tally.doubtful.length;
    say(progress(tally, options.count, (performance.now() - start) / 1000));
  };
  const timer = setInterval(tell, everyMs);
  const claim = (): boolean => left > 0 && left-- > 0;
  await inParallel(options.jobs, (run) =>
    left > 0 ? killOneRun(options.seed + run, claim, options.out, tally) : null,
  );
  clearInterval(timer);
  tell();
  return { cases: tally.lives, failures: tally.failures, figures: figures(tally) };
}

/** Full disk, read-only folder, jumping clock: what each said, in turn, each time with another seed. */
async function troubles(
  wanted: readonly string[],
  trials: number,
  options: EndureOptions,
  say: Say,
): Promise<Part> {
  const failures: Failure[] = [];
  const notes = new Map<string, Map<string, number>>();
  let cases = 0;
  await inParallel(options.jobs, (trial) => {
    if (trial >= trials) return null;
    const name = wanted[trial % wanted.length] as string;
    const seed = options.seed + Math.floor(trial / wanted.length);
    return (async () => {
      const variant = variants[name] as (typeof variants)[string];
      const { note, problems, skipped } = await variant({ seed, out: options.out });
      if (skipped !== true) cases++;
      say(`${name}, seed ${seed}: ${note}${problems.map((p) => `; FAILED: ${p}`).join("")}`);
      for (const what of problems) failures.push({ what: `${name}: ${what}`, seed });
      // The same sentence with another number is the same end.
      const kind = note.replace(/\d+(\.\d+)?/g, "N");
      const kinds = notes.get(name) ?? new Map<string, number>();
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      notes.set(name, kinds);
    })();
  });
  const said = ([name, kinds]: [string, Map<string, number>]): [string, string][] =>
    [...kinds].map(([kind, times], i) => [i === 0 ? name : `${name} (${i + 1})`, `${times} x ${kind}`]);
  return { cases, failures, figures: Object.fromEntries([...notes].flatMap(said)) };
}

/** Runs 0, 1, 2 … so many at a time until `begin` gives none. */
async function inParallel(jobs: number, begin: (index: number) => Promise<void> | null): Promise<void> {
  let index = 0;
  const line = async (): Promise<void> => {
    for (let next = begin(index++); next !== null; next = begin(index++)) await next;
  };
  await Promise.all(Array.from({ length: jobs }, line));
}
