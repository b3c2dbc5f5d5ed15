/**
 * `npm run endure kill`: short headless runs on a rig of its own process, killed (SIGKILL) at random, seeded moments: the
 * daemon, or the rig and then the daemon. After every death the folder is checked (journal-check.ts) and the light watched;
 * the next life resumes. A run that came to its end is replayed: every proposal of every life must come again bit for bit.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../src/core/index.js";
import { openJournalReader } from "../src/journal/index.js";
import type { EndureOptions, EndureReport, Failure } from "./contract.js";
import { complaints, look, nothing, type Seen } from "./journal-check.js";
import { finish, pause, stedloop } from "./processes.js";
import { type RigProcess, startRig } from "./rig-watch.js";
import { variants } from "./variants.js";

/** Steps of a run: some before and some after the initial design of three. */
const iterations = 6;
const initial = 3;
const timeScale = 0.05;
/** The rig's lease, and what its answer may take on a busy machine. */
const leaseMs = 3000;
const slackMs = 500;
/** A life that neither ends nor gets to its moment in this time hangs. */
const patienceMs = 180_000;
const rigShare = 0.25;

export interface Tally {
  readonly failures: Failure[];
  deaths: number;
  rigDeaths: number;
  litAtDeath: number;
  darkMs: number[];
  finished: number;
  replayed: number;
}

export function newTally(): Tally {
  return { failures: [], deaths: 0, rigDeaths: 0, litAtDeath: 0, darkMs: [], finished: 0, replayed: 0 };
}

/** Lives of one folder until its run is finished. */
export async function killOneRun(seed: number, most: number, out: string, tally: Tally): Promise<number> {
  const random = RandomStream.of(seed, "kill");
  const data = mkdtempSync(join(out, `run-${seed}-`));
  const fail = (what: string): void => void tally.failures.push({ what, seed, file: data });
  let rig = await startRig({ seed, firstRegion: 0, timeScale });
  const config = join(data, "config.yaml");
  const lines = [
    `rig: {kind: zeromq, commands: "${rig.commands}", events: "${rig.events}"}`,
    `optimiser: {initial: ${initial}}`,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const args = ["run", "--headless", "--json", "--config", config, "--data", data, "--seed", String(seed)];
  let seen: Seen = nothing;
  let lives = 0;
  let over = false;
  while (!over && lives < most) {
    lives++;
    const resume = seen.run === null ? [] : ["--resume", "latest"];
    const daemon = stedloop([...args, "--iterations", String(iterations), ...resume]);
    const moment = { step: seen.done.size + random.int(3) - 1, ms: random.between(0, 2500) };
    const reached = await reachMoment(data, moment, daemon.ended);
    if (reached && random.uniform() < rigShare) {
      tally.rigDeaths++;
      await rig.kill();
      await Promise.race([daemon.ended, pause(random.between(0, 3000))]);
      rig = await startRig({ seed, firstRegion: 100 * lives, timeScale }, rig);
      await Promise.race([daemon.ended, pause(random.between(0, 3000))]);
    }
    // What an independent reader saw before must be there afterwards.
    seen = await lookInto(data, seen);
    const alive = daemon.child.exitCode === null && daemon.child.signalCode === null;
    if (alive && reached) {
      const lit = await rig.lit();
      daemon.child.kill("SIGKILL");
      await daemon.ended;
      tally.deaths++;
      if (lit) tally.litAtDeath++;
      await watchDark(rig, fail, tally);
    } else {
      const end = await finish(daemon, patienceMs);
      if (end.late) fail(`hangs: ${end.err.slice(-200)}`);
      if (/\n\s+at .+:\d+:\d+/.test(end.err)) fail(`an operator saw a stack: ${end.err.slice(-300)}`);
      over = end.code === 0;
    }
    for (const what of await complaints(data, seen)) fail(`life ${lives}: ${what}`);
    seen = await lookInto(data, seen);
  }
  if (over) tally.finished++;
  await replayed(data, fail, tally);
  await rig.kill();
  if (!tally.failures.some((f) => f.file === data)) rmSync(data, { recursive: true, force: true });
  return lives;
}

async function watchDark(rig: RigProcess, fail: (what: string) => void, tally: Tally): Promise<void> {
  const dark = await rig.untilDark(leaseMs + 2000);
  if (dark === null || dark > leaseMs + slackMs)
    fail(`light was on ${dark ?? "more than 5000"} ms after the death`);
  if (dark !== null) tally.darkMs.push(dark);
}

/** Every proposal comes again from the journalled observations, bit for bit. */
async function replayed(data: string, fail: (what: string) => void, tally: Tally): Promise<void> {
  if ((await lookInto(data, nothing)).done.size === 0) return;
  const { out, err, code } = await finish(
    stedloop(["replay", "latest", "--data", data, "--json"]),
    patienceMs,
  );
  const result = code === 0 ? (JSON.parse(out) as { identical: boolean; firstDifference: unknown }) : null;
  if (result?.identical === true) tally.replayed++;
  else fail(`replay differs: ${result === null ? err.slice(-300) : JSON.stringify(result.firstDifference)}`);
}

async function lookInto(data: string, otherwise: Seen): Promise<Seen> {
  const reader = await openJournalReader(data);
  try {
    return await look(reader);
  } catch {
    // No database yet.
    return otherwise;
  } finally {
    await reader.close();
  }
}

/** Waits until so many steps are committed, and then some. false: the daemon ended first, or time was up. */
async function reachMoment(
  data: string,
  moment: { readonly step: number; readonly ms: number },
  ended: Promise<unknown>,
): Promise<boolean> {
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  const limit = performance.now() + patienceMs;
  if (moment.step > 0) {
    while ((await lookInto(data, nothing)).done.size < moment.step) {
      if (gone || performance.now() > limit) return false;
      await Promise.race([ended, pause(100)]);
    }
  }
  await Promise.race([ended, pause(moment.ms)]);
  return !gone;
}

export async function kill(options: EndureOptions, say: (line: string) => void): Promise<EndureReport> {
  const tally = newTally();
  let lives = 0;
  let notes: Readonly<Record<string, string>> = {};
  const only = options.words[0];
  if (only === undefined || Object.hasOwn(variants, only)) {
    notes = await troubles(only, options, tally, say);
  }
  for (let run = 0; only === undefined && lives < options.count; run++) {
    lives += await killOneRun(options.seed + run, options.count - lives, options.out, tally);
    say(`${lives} of ${options.count} lives, ${tally.deaths} killed, ${tally.failures.length} failures`);
  }
  return {
    target: "kill",
    seed: options.seed,
    cases: lives,
    failures: tally.failures,
    figures: {
      "daemons killed": tally.deaths,
      "rigs killed": tally.rigDeaths,
      "killed with light on": tally.litAtDeath,
      "longest until dark, ms": Math.round(Math.max(0, ...tally.darkMs)),
      "runs that came to their end": tally.finished,
      "runs replayed bit for bit": tally.replayed,
      ...notes,
    },
  };
}

/** Full disk, read-only folder, jumping clock: what each said. */
async function troubles(
  only: string | undefined,
  options: EndureOptions,
  tally: Tally,
  say: (line: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const notes: Record<string, string> = {};
  for (const [name, variant] of Object.entries(variants)) {
    if (only !== undefined && name !== only) continue;
    const { note, problems } = await variant({ ...options, iterations });
    notes[name] = note;
    say(`${name}: ${note}`);
    for (const what of problems) tally.failures.push({ what: `${name}: ${what}`, seed: options.seed });
  }
  return notes;
}
