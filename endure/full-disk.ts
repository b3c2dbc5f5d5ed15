/** A disk with no room left, truly full: a small file system in memory, with a rig of its own process watched beside it. */
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../src/core/index.js";
import { openJournalReader } from "../src/journal/index.js";
import { finish, pause, type Running, stedloop } from "./processes.js";
import { darkVerdict, darkWithinMs, startRig } from "./rig-watch.js";
import {
  mounted,
  noRight,
  type Outcome,
  recovered,
  refusedWell,
  runArgs,
  told,
  type Variant,
} from "./trouble.js";

/** A whole run that cannot end well is over within this time; the end itself follows the trouble within the other. */
const runMs = 120_000;
const endMs = 30_000;
const endless = 100_000;

/** Room for the database and some frames of 100 kB: what does not fit is another write each time. */
export const fullDisk: Variant = ({ seed, out }) => {
  const sizeKib = Math.round(RandomStream.of(seed, "full disk").between(64, 1400));
  return onSmallDisk(seed, out, sizeKib, async (daemon, _data, disk) => {
    const end = await finish(daemon, runMs);
    return { end, note: `${sizeKib} KiB`, makeRoom: () => disk.remount("size=200m") };
  });
};

/** Another program takes all room, or all but some KiB, at a random moment of a run. */
export const diskFillsUp: Variant = ({ seed, out }) => {
  const random = RandomStream.of(seed, "disk fills up");
  const moment = { step: random.int(4), ms: random.between(0, 1500) };
  const leave = random.int(2) === 0 ? 0 : random.between(0, 200_000);
  return onSmallDisk(seed, out, 64 * 1024, async (daemon, data) => {
    await reach(daemon, data, moment);
    const filler = join(data, "filler");
    const { bavail, bsize } = statfsSync(data);
    try {
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    } catch {
      // The daemon took some of it meanwhile: full all the more.
    }
    const begun = performance.now();
    const end = await finish(daemon, endMs);
    const note = `${Math.round(leave / 1024)} KiB left, ${((performance.now() - begun) / 1000).toFixed(1)} s later`;
    return { end, note, makeRoom: () => rmSync(filler, { force: true }) };
  });
};

async function reach(daemon: Running, data: string, moment: { step: number; ms: number }): Promise<void> {
  const reader = await openJournalReader(data);
  try {
    while (daemon.child.exitCode === null && ((await reader.runs()).at(-1)?.iterations ?? 0) < moment.step) {
      await Promise.race([daemon.ended, pause(100)]);
    }
  } finally {
    await reader.close();
  }
  await Promise.race([daemon.ended, pause(moment.ms)]);
}

async function onSmallDisk(
  seed: number,
  out: string,
  sizeKib: number,
  befall: (
    daemon: Running,
    data: string,
    disk: NonNullable<ReturnType<typeof mounted>>,
  ) => Promise<{ end: Awaited<ReturnType<typeof finish>>; note: string; makeRoom: () => void }>,
): Promise<Outcome> {
  const folder = mkdtempSync(join(out, "full-"));
  const data = mkdtempSync(join(folder, "data-"));
  const disk = mounted(data, sizeKib);
  if (disk === null) return noRight;
  const rig = await startRig({ seed, firstRegion: 0, timeScale: 0.05 });
  try {
    const config = join(folder, "config.yaml");
    writeFileSync(config, `rig: {kind: zeromq, commands: "${rig.commands}", events: "${rig.events}"}\n`);
    const daemon = stedloop(runArgs(data, seed, endless, "--config", config));
    const { end, note, makeRoom } = await befall(daemon, data, disk);
    const problems = end.code === 0 ? ["the disk was not full"] : refusedWell(end);
    const said = told(end, data);
    if (!/no space left|MB are free/.test(said))
      problems.push(`it does not say that the disk is full: ${said}`);
    const watch = await rig.untilDark(2 * darkWithinMs);
    if (darkVerdict(watch, darkWithinMs) === "lit")
      problems.push(`light was on ${watch.litMs} ms after its end`);
    makeRoom();
    problems.push(...(await recovered(data, seed, "--config", config)));
    return { note: `${note}: ended with ${end.code}: ${said}; resumed to its end`, problems };
  } finally {
    await rig.kill();
    disk.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
