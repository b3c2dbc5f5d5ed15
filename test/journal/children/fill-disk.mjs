// Child of the disk-full test; runs on a small file system of its own. Commits steps until the disk is full, looks at
// what the journal says and what is kept, makes room, and goes on. Prints one JSON line. Usage: node fill-disk.mjs DATA
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../../dist/src/core/index.js";
import { openJournal } from "../../../dist/src/journal/index.js";

const [disk] = process.argv.slice(2);
const dataDir = join(disk, "data");
const at = "2026-01-02T03:04:05.000Z";
const run = "full-1";
const size = 96;
let seed = 1;
const noise = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed >>> 16;
};

async function takeStep(step, attempt) {
  await journal.beginStep({
    run,
    step,
    attempt,
    at,
    settings: {},
    by: "auto",
    work: 1,
    optimiserState: Array(500).fill(step / 3),
    proposed: {},
    why: { text: "", expected: {}, uncertainty: {}, kind: "" },
    region: null,
    rigStart: "s",
    regionsUsed: step,
    plannedDoseUj: 1,
  });
  const frames = ["before", "sted", "after"].map((role) => ({
    role,
    score: null,
    frame: {
      id: `${step}.${attempt}.${role}`,
      seq: 1,
      kind: "sted",
      pixels: Uint16Array.from({ length: size * size }, noise),
      shape: [size, size],
      pixelSizeNm: 20,
      settings: {},
      actual: {},
      region: null,
      acquiredAt: at,
      rig: "child",
      saturated: 0,
      origin: "request",
    },
  }));
  await journal.commitStep({
    run,
    step,
    attempt,
    at,
    actual: {},
    objectives: {},
    observation: { settings: {}, objectives: {} },
    score: null,
    doseUj: 1,
    frames,
  });
}

writeFileSync(join(disk, "ballast"), new Uint8Array(1_000_000));
const journal = await openJournal(dataDir, { clock: systemClock, logger: silentLogger });
await journal.createRun({
  run,
  startedAt: at,
  seed: 1,
  mode: "auto",
  config: {},
  configHash: "",
  limitsHash: "",
  parameters: [],
  objectives: [],
  model: { name: "", version: "", hash: "" },
  engine: { name: "", version: "", threads: 1 },
  software: "test",
});
const codes = [];
let line = "";
let committed = 0;
let attempt = 1;
const fail = (error) => {
  codes.push(error.code);
  line = error.line;
};
while (codes.length === 0 && committed < 500) {
  await takeStep(committed + 1, 1).then(() => committed++, fail);
}
// It stays full: everything is refused alike, and nothing is half there.
await journal.addEvent(run, { at, step: null, kind: "note", data: "x".repeat(200_000) }).catch(fail);
const kept = await journal.reader.steps(run);
const whole = [];
for (const record of kept.filter((s) => s.state === "done")) {
  for (const row of record.frames) whole.push((await journal.reader.frame(run, row.id)) !== null);
}
rmSync(join(disk, "ballast"));
const open = kept.find((s) => s.state === "exposing");
if (open !== undefined) {
  await journal.endAttempt(run, open.intent.step, open.intent.attempt, "failed", "disk full");
  attempt = open.intent.attempt + 1;
}
await takeStep(committed + 1, attempt);
await journal.endRun(run, "finished", at);
const after = await journal.reader.run(run);
await journal.close();
console.log(
  JSON.stringify({
    codes,
    line,
    committed,
    keptDone: kept.filter((s) => s.state === "done").length,
    framesWhole: whole.length === 3 * committed && whole.every(Boolean),
    after: [after.state, after.iterations],
  }),
);
