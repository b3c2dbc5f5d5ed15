import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type Frame,
  RandomStream,
  type ScoreRecord,
  silentLogger,
  systemClock,
} from "../../src/core/index.js";
import {
  type Journal,
  type NewRun,
  openJournal,
  type StepIntent,
  type StepResult,
} from "../../src/journal/index.js";

/** A folder that goes with its test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function testJournal(dataDir: string): Promise<Journal> {
  const journal = await openJournal(dataDir, { clock: systemClock, logger: silentLogger });
  onTestFinished(() => journal.close().catch(() => undefined));
  return journal;
}

export const at = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, "0")}.000Z`;

export function sampleRun(run = "run-1"): NewRun {
  return {
    run,
    startedAt: at(0),
    seed: 1,
    mode: "auto",
    config: { rig: { kind: "simulated" }, nested: [1, 2.5, null] },
    configHash: "c".repeat(64),
    limitsHash: "d".repeat(64),
    parameters: [
      { name: "depletionPowerMw", label: "Depletion power", unit: "mW", min: 0, max: 250, scale: "linear" },
    ],
    objectives: [
      {
        name: "quality",
        label: "Quality",
        unit: "1",
        direction: "maximise",
        ideal: 1,
        worstAcceptable: 0.2,
        weight: 1,
      },
    ],
    model: { name: "actin", version: "1", hash: "e".repeat(64) },
    engine: { name: "onnx-cpu", version: "1.30.0", threads: 2 },
    software: "0.1.0",
  };
}

export function sampleFrame(id: string, dtype: "uint16" | "float32" = "uint16", size = 24): Frame {
  const random = RandomStream.of(7, "frame", id);
  const counts = Array.from({ length: size * (size + 3) }, () =>
    dtype === "uint16" ? random.int(65536) : random.normal() * 1e3,
  );
  const sted = id.includes("sted");
  return {
    id,
    seq: 1,
    kind: sted ? "sted" : "confocal",
    pixels: dtype === "uint16" ? Uint16Array.from(counts) : Float32Array.from(counts),
    shape: [size, size + 3],
    pixelSizeNm: 20,
    settings: { excitationPowerUw: 10, dwellTimeUs: 10.1, depletionPowerMw: sted ? 123.456 : 0 },
    actual: { excitationPowerUw: 10.02 },
    region: "r1",
    acquiredAt: at(1),
    rig: "test rig",
    saturated: 0,
    origin: "request",
  };
}

export const sampleScore: ScoreRecord = {
  score: 0.1 + 0.2,
  lower: 0.2,
  upper: 0.4,
  inDomain: true,
  foreground: 0.33,
  ms: 4.2,
};

export function sampleIntent(run: string, step: number, attempt = 1): StepIntent {
  return {
    run,
    step,
    attempt,
    at: at(step),
    settings: { depletionPowerMw: 100 / 3, lineRepeats: 1 },
    why: { text: "spread-out start, 1 of 8", expected: {}, uncertainty: {}, kind: "initial design" },
    by: "auto",
    optimiserState: { draws: step, cube: [0.1, 1 / 3], generator: [1, -2] },
    work: step,
    proposed: { depletionPowerMw: 100 / 3 },
    region: { id: `r${step}`, xUm: 1.5, yUm: -2, widthPx: 27, heightPx: 24, pixelSizeNm: 20 },
    rigStart: "start-1",
    regionsUsed: step,
    plannedDoseUj: 12.5,
  };
}

export function sampleResult(run: string, step: number, attempt = 1): StepResult {
  return {
    run,
    step,
    attempt,
    at: at(step + 1),
    actual: { depletionPowerMw: 33.4 },
    objectives: {
      quality: { value: 0.5 + step / 100, unit: "1" },
      bleaching: { value: null, unit: "1", reason: "no foreground" },
    },
    observation: { settings: { depletionPowerMw: 100 / 3 }, objectives: { quality: 0.5 + step / 100 } },
    score: sampleScore,
    doseUj: 12.5,
    frames: [
      { role: "before", frame: sampleFrame(`${step}.${attempt}-before`), score: sampleScore },
      { role: "sted", frame: sampleFrame(`${step}.${attempt}-sted`, "float32"), score: sampleScore },
      { role: "after", frame: sampleFrame(`${step}.${attempt}-after`), score: null },
    ],
  };
}
