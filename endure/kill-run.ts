import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../src/core/index.js";
import { openJournalReader } from "../src/journal/index.js";
import { complaints, look, nothing, type Seen } from "./journal-check.js";
import { finish, hasStack, pause, type Running, stedloop } from "./processes.js";
import { darkVerdict, darkWithinMs, type RigProcess, startRig } from "./rig-watch.js";
import type { Tally } from "./tally.js";
import { iterations, lastWords } from "./trouble.js";

const initial = 3;
const timeScale = 0.05;
/** A life that neither ends nor gets to its moment in this time hangs. */
const patienceMs = 180_000;
const rigShare = 0.25;
/** Exposures are short: of these the end is put off until the light is seen on, for so long at most. */
const litShare = 0.5;
const litWaitMs = 3000;

/**
 * Lives of one folder until its run is finished or `claim` gives no more. Whatever fails keeps the folder.
 * @param claim takes one life of those that are wanted in all; false = there is none left
 */
export async function killOneRun(
  seed: number,
  claim: () => boolean,
  out: string,
  tally: Tally,
): Promise<void> {
  const data = mkdtempSync(join(out, `run-${seed}-`));
  const run = new KilledRun(seed, data, tally);
  try {
    await run.live(claim);
  } catch (thrown) {
    run.fail(`the trial itself: ${(thrown as Error).message}`);
  } finally {
    await run.rig?.kill();
  }
  if (run.failed === 0) rmSync(data, { recursive: true, force: true });
}

class KilledRun {
  failed = 0;
  rig: RigProcess | null = null;
  private readonly random: RandomStream;
  private seen: Seen = nothing;
  private life = 0;

  constructor(
    private readonly seed: number,
    private readonly data: string,
    private readonly tally: Tally,
  ) {
    this.random = RandomStream.of(seed, "kill");
  }

  fail(what: string): void {
    this.failed++;
    this.tally.failures.push({ what: `life ${this.life}: ${what}`, seed: this.seed, file: this.data });
  }

  async live(claim: () => boolean): Promise<void> {
    const { tally } = this;
    this.rig = await startRig({ seed: this.seed, firstRegion: 0, timeScale });
    const { commands, events } = this.rig;
    // One thread a network: several runs share the machine.
    const config = `rig: {kind: zeromq, commands: "${commands}", events: "${events}"}
optimiser: {initial: ${initial}}
threads: 1
`;
    writeFileSync(join(this.data, "config.yaml"), config);
    let over = false;
    while (!over && claim()) {
      this.life++;
      const before = this.failed;
      over = await this.oneLife(this.rig);
      tally.lives++;
      if (this.failed === before) tally.held++;
    }
    if (this.life === 0) return;
    if (over) tally.finished++;
    await this.replayed();
  }

  /** From start to death. true: the run is finished. */
  private async oneLife(rig: RigProcess): Promise<boolean> {
    const { data, random, tally } = this;
    const daemon = stedloop([
      ...["run", "--headless", "--json", "--config", join(data, "config.yaml"), "--data", data],
      ...["--seed", String(this.seed), "--iterations", String(iterations)],
      ...(this.seen.run === null ? [] : ["--resume", "latest"]),
    ]);
    const moment = { step: this.seen.done.size + random.int(3) - 1, ms: random.between(0, 2500) };
    const killsRig = random.uniform() < rigShare;
    const waits = [random.between(0, 3000), random.between(0, 3000)] as const;
    const awaitsLight = random.uniform() < litShare;
    const reached = await this.watchUntil(daemon, moment, killsRig, waits);
    let over = false;
    if (reached && daemon.child.exitCode === null && daemon.child.signalCode === null) {
      const lit = await this.untilLit(awaitsLight ? litWaitMs : 0, this.rig ?? rig);
      daemon.child.kill("SIGKILL");
      await daemon.ended;
      tally.deaths++;
      if (lit) tally.litAtDeath++;
      await this.watchDark();
    } else {
      const end = await finish(daemon, patienceMs);
      if (end.late) this.fail(`hangs: ${end.err.slice(-200)}`);
      if (hasStack(end.err)) this.fail(`an operator saw a stack: ${end.err.slice(-300)}`);
      over = end.code === 0;
      if (!over && !killsRig) tally.early.push(lastWords(end));
    }
    const { found, now } = await complaints(data, this.seen);
    for (const what of found) this.fail(what);
    this.seen = now;
    return over;
  }

  /**
   * Waits for the life's moment and kills the rig where that is due. What an independent reader saw before the death must
   * be there afterwards; it is closed by then, so that the next daemon finds the folder as a dead one left it.
   * false: the daemon ended first.
   */
  private async watchUntil(
    daemon: Running,
    moment: { readonly step: number; readonly ms: number },
    killsRig: boolean,
    waits: readonly [number, number],
  ): Promise<boolean> {
    let gone = false;
    void daemon.ended.then(() => {
      gone = true;
    });
    const wait = async (ms: number): Promise<void> => void (await Promise.race([daemon.ended, pause(ms)]));
    const reader = await openJournalReader(this.data);
    try {
      const limit = performance.now() + patienceMs;
      const steps = async (): Promise<number> => (await reader.runs()).at(-1)?.iterations ?? 0;
      while (moment.step > 0 && (await steps()) < moment.step) {
        if (gone || performance.now() > limit) return false;
        await wait(100);
      }
      await wait(moment.ms);
      if (!gone && killsRig) {
        const { rig } = this;
        this.tally.rigDeaths++;
        await rig?.kill();
        await wait(waits[0]);
        this.rig = await startRig(
          { seed: this.seed, firstRegion: 100 * this.life, timeScale },
          rig ?? undefined,
        );
        await wait(waits[1]);
      }
      this.seen = await look(reader);
      return !gone;
    } finally {
      await reader.close();
    }
  }

  /** Whether the light is on, as soon as it is or the time is up. */
  private async untilLit(forMs: number, rig: RigProcess): Promise<boolean> {
    const limit = performance.now() + forMs;
    for (;;) {
      if (await rig.lit()) return true;
      if (performance.now() >= limit) return false;
      await pause(5);
    }
  }

  private async watchDark(): Promise<void> {
    const watch = await this.rig?.untilDark(darkWithinMs + 1500);
    if (watch === undefined) return;
    const verdict = darkVerdict(watch, darkWithinMs);
    const text = `lit ${watch.litMs?.toFixed(0)} ms, dark ${watch.darkMs?.toFixed(0)} ms after the death, held back ${watch.lagMs.toFixed(0)} ms`;
    if (verdict === "lit") this.fail(`light was on too long: ${text}`);
    else if (verdict === "doubtful")
      this.tally.doubtful.push(`seed ${this.seed}, life ${this.life}: ${text}`);
    else this.tally.darkMs.push(watch.darkMs as number);
  }

  /** Every proposal of every life comes again from the journalled observations, bit for bit. */
  private async replayed(): Promise<void> {
    if (this.seen.done.size === 0) return;
    const replay = stedloop(["replay", "latest", "--data", this.data, "--json"]);
    const { out, err, code } = await finish(replay, patienceMs);
    const result = code === 0 ? (JSON.parse(out) as { identical: boolean; firstDifference: unknown }) : null;
    if (result?.identical === true) this.tally.replayed++;
    else
      this.fail(
        `replay differs: ${result === null ? err.slice(-300) : JSON.stringify(result.firstDifference)}`,
      );
  }
}
