import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import {
  type Frame,
  pixelBytes,
  RandomStream,
  silentLogger,
  systemClock,
  timestamp,
} from "../src/core/index.js";
import {
  type FrameRole,
  type Journal,
  openJournal,
  type StepIntent,
  type StepResult,
} from "../src/journal/index.js";
import type { Row } from "./row-shared.js";

const size = 224;
const rounds = 5;
const perRound = 12;
const runId = "bench";

/**
 * The journal against the least that is as safe: SQLite on the calling thread with one synced insert for the intent
 * and one for the result, and each frame's raw pixels in one synced file. Rounds of the two take turns.
 */
async function measure(folder: string): Promise<readonly Row[]> {
  const journal = await openJournal(join(folder, "data"), { clock: systemClock, logger: silentLogger });
  const bare = new BareStore(folder);
  await startRun(journal);
  const took = { intent: [0, 0], commit: [0, 0] };
  const timed = async (kind: keyof typeof took, side: 0 | 1, work: () => unknown): Promise<void> => {
    const from = systemClock.monotonic();
    await work();
    took[kind][side] = (took[kind][side] as number) + systemClock.monotonic() - from;
  };
  for (let round = 0; round < rounds; round++) {
    const steps = Array.from({ length: perRound }, (_, i) => round * perRound + i + 1);
    for (const step of steps) {
      const result = sampleResult(step);
      await timed("intent", 0, () => journal.beginStep(sampleIntent(step)));
      await timed("commit", 0, () => journal.commitStep(result));
    }
    for (const step of steps) {
      const result = sampleResult(step);
      await timed("intent", 1, () => bare.insert(sampleIntent(step)));
      await timed("commit", 1, () => bare.commit(result));
    }
  }
  await journal.close();
  bare.close();
  const row = (name: string, [ours, theirs]: readonly number[], unit: string): Row => {
    const perSecond = (ms = 0): number => (1000 * rounds * perRound) / ms;
    return {
      name,
      ours: perSecond(ours),
      theirs: perSecond(theirs),
      ratio: perSecond(ours) / perSecond(theirs),
      unit,
    };
  };
  return [
    row("journal: intents on disk / bare SQLite", took.intent, "1/s"),
    row("journal: steps of 3 frames / bare files", took.commit, "1/s"),
  ];
}

export async function run(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-bench-"));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class BareStore {
  private readonly database: InstanceType<typeof Database>;

  constructor(private readonly folder: string) {
    this.database = new Database(join(folder, "bare.sqlite"));
    this.database.pragma("journal_mode = WAL");
    this.database.exec("PRAGMA synchronous = FULL");
    this.database.exec("CREATE TABLE line (text TEXT)");
  }
  insert(line: unknown): void {
    this.database.prepare("INSERT INTO line VALUES (?)").run(JSON.stringify(line));
  }
  commit({ frames, ...result }: StepResult): void {
    for (const { frame } of frames) {
      const file = openSync(join(this.folder, `${frame.id}.raw`), "w");
      writeSync(file, pixelBytes(frame.pixels));
      fsyncSync(file);
      closeSync(file);
    }
    this.insert(result);
  }
  close(): void {
    this.database.close();
  }
}

async function startRun(journal: Journal): Promise<void> {
  await journal.createRun({
    run: runId,
    startedAt: timestamp(systemClock),
    seed: 1,
    mode: "auto",
    config: {},
    configHash: "",
    limitsHash: "",
    parameters: [],
    objectives: [],
    model: { name: "", version: "", hash: "" },
    engine: { name: "", version: "", threads: 1 },
    software: "bench",
  });
}

function sampleIntent(step: number): StepIntent {
  return {
    run: runId,
    step,
    attempt: 1,
    at: timestamp(systemClock),
    settings: { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 10 },
    why: { text: "explores", expected: { quality: 0.5 }, uncertainty: { quality: 0.1 }, kind: "explores" },
    by: "auto",
    // About what the optimiser's state comes to after 40 steps.
    optimiserState: Array.from({ length: 400 }, (_, i) => (i * step) / 7),
    work: 100,
    proposed: { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 10 },
    region: { id: `r${step}`, xUm: 0, yUm: 0, widthPx: size, heightPx: size, pixelSizeNm: 20 },
    rigStart: "bench",
    regionsUsed: step,
    plannedDoseUj: 50,
  };
}

function sampleResult(step: number): StepResult {
  const roles: readonly FrameRole[] = ["before", "sted", "after"];
  const score = { score: 0.5, lower: 0.4, upper: 0.6, inDomain: true, foreground: 0.3, ms: 8 };
  return {
    run: runId,
    step,
    attempt: 1,
    at: timestamp(systemClock),
    actual: {},
    objectives: { quality: { value: 0.5, unit: "1" } },
    observation: { settings: {}, objectives: { quality: 0.5 } },
    score,
    doseUj: 50,
    frames: roles.map((role) => ({ role, frame: sampleFrame(step, role), score })),
  };
}

/** Counts that pack about as well as a real frame's. */
function sampleFrame(step: number, role: string): Frame {
  const random = RandomStream.of(step, role);
  const pixels = Uint16Array.from({ length: size * size }, () =>
    Math.floor(-3 * Math.log(1 - random.uniform32())),
  );
  return {
    id: `${step}-${role}`,
    seq: step,
    kind: role === "sted" ? "sted" : "confocal",
    pixels,
    shape: [size, size],
    pixelSizeNm: 20,
    settings: {},
    actual: {},
    region: `r${step}`,
    acquiredAt: timestamp(systemClock),
    rig: "bench",
    saturated: 0,
    origin: "request",
  };
}
