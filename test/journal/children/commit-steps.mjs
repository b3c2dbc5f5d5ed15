// Child of the crash tests: commits steps as fast as it can and says on stdout what was acknowledged, until it is
// killed. Usage: node commit-steps.mjs DATA. Goes on where an earlier child was killed.
import { writeSync } from "node:fs";
import { silentLogger, systemClock } from "../../../dist/src/core/index.js";
import { openJournal } from "../../../dist/src/journal/index.js";

const [dataDir] = process.argv.slice(2);
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const at = "2026-01-02T03:04:05.000Z";
const run = "crash-1";
const size = 48;

function frame(step, attempt, role) {
  const pixels = Uint16Array.from(
    { length: size * size },
    (_, i) => (i * step * 7 + attempt * 31 + role.charCodeAt(0)) % 997,
  );
  return {
    role,
    score: null,
    frame: {
      id: `${step}.${attempt}.${role}`,
      seq: step,
      kind: "sted",
      pixels,
      shape: [size, size],
      pixelSizeNm: 20,
      settings: { depletionPowerMw: step },
      actual: {},
      region: null,
      acquiredAt: at,
      rig: "child",
      saturated: 0,
      origin: "request",
    },
  };
}

const journal = await openJournal(dataDir, { clock: systemClock, logger: silentLogger });
const runs = await journal.reader.runs();
if (runs.length === 0) {
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
} else {
  await journal.reopenRun(run);
}
let step = 1;
let attempt = 1;
for (const record of await journal.reader.steps(run)) {
  if (record.state === "exposing") {
    await journal.endAttempt(run, record.intent.step, record.intent.attempt, "lost", "killed");
  }
  step = record.state === "done" ? record.intent.step + 1 : record.intent.step;
  attempt = record.state === "done" ? 1 : record.intent.attempt + 1;
}
say({ ready: step });
for (; ; step++, attempt = 1) {
  await journal.beginStep({
    run,
    step,
    attempt,
    at,
    settings: { depletionPowerMw: step },
    by: "auto",
    work: step,
    why: { text: "", expected: {}, uncertainty: {}, kind: "" },
    optimiserState: { step, fill: Array(200).fill(step / 3) },
    proposed: { depletionPowerMw: step },
    region: null,
    rigStart: "s",
    regionsUsed: step,
    plannedDoseUj: 1,
  });
  say({ begun: step, attempt });
  const frames = ["before", "sted", "after"].map((role) => frame(step, attempt, role));
  await journal.commitStep({
    run,
    step,
    attempt,
    at,
    actual: {},
    objectives: { quality: { value: step / 7, unit: "1" } },
    observation: { settings: { depletionPowerMw: step }, objectives: { quality: step / 7 } },
    score: null,
    doseUj: 1,
    frames,
  });
  say({ done: step, attempt });
  if (step % 3 === 0) {
    const extra = frame(step, attempt, "extra");
    await journal.addFrame(run, extra);
    say({ extra: extra.frame.id });
  }
}
