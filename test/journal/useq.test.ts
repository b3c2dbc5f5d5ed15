import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportRun } from "../../src/journal/index.js";
import { pythonWith } from "../bridges/python.js";
import { smallRun } from "./others-open.js";
import { testFolder } from "./sample.js";

async function exported(): Promise<{ readonly to: string; readonly frames: number }> {
  const journal = await smallRun(testFolder());
  const to = testFolder();
  const { frames } = await exportRun(journal.reader, "run-1", { to, format: "useq" });
  return { to, frames };
}

it("has an event a frame, with its settings, its place and what was measured", async () => {
  const { to, frames } = await exported();
  const events = JSON.parse(readFileSync(join(to, "run-1.events.json"), "utf8"));
  expect([events.length, frames]).toEqual([7, 7]);
  expect(events.map((e: { channel: { config: string } }) => e.channel.config)).toEqual([
    "before",
    "sted",
    "after",
    "before",
    "sted",
    "after",
    expect.any(String),
  ]);
  const [, sted] = events;
  expect(sted.index).toEqual({ p: 0, c: 1 });
  expect(sted.properties).toContainEqual(["stedloop", "depletionPowerMw", expect.any(Number)]);
  expect(sted.metadata.stedloop).toMatchObject({ step: 1, role: "sted", score: 0.30000000000000004 });
  expect(sted.metadata.stedloop.settings).toEqual(
    Object.fromEntries(sted.properties.map(([, name, value]: [string, string, number]) => [name, value])),
  );
});

const python = pythonWith("useq");
const reason = python.startsWith("no ") ? ` (skipped: ${python})` : "";
describe.skipIf(reason !== "")(`useq-schema${reason}`, () => {
  it("loads both files, and makes the same events of the sequence as are in the list", async () => {
    const { to } = await exported();
    const code = `
import json, sys
from useq import MDAEvent, MDASequence
sequence = MDASequence.from_file(sys.argv[1])
events = [MDAEvent.model_validate(e) for e in json.load(open(sys.argv[2]))]
def told(e): return [e.x_pos, e.y_pos, e.exposure, e.channel.group, e.channel.config, e.pos_name, dict(e.index)]
print(json.dumps({"made": [told(e) for e in sequence], "listed": [told(e) for e in events],
    "properties": [[list(p) for p in e.properties] for e in events], "run": sequence.metadata["stedloop"]["run"]}))
`;
    const files = ["run-1.useq.json", "run-1.events.json"].map((name) => join(to, name));
    const said = JSON.parse(execFileSync(python, ["-c", code, ...files], { encoding: "utf8" }));
    expect(said.made).toEqual(said.listed);
    expect(said.listed).toHaveLength(7);
    expect(said.properties[1].length).toBeGreaterThan(0);
    expect(said.run).toBe("run-1");
  });
});
