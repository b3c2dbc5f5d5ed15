import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openJournalReader, type StepRecord } from "../../src/journal/index.js";
import { ended, eventually, start, stedloop, tempFolder } from "./command-line.js";

const stepsOf = async (data: string): Promise<readonly StepRecord[]> => {
  const reader = await openJournalReader(data);
  try {
    return await reader.steps((await reader.run("latest")).run);
  } finally {
    await reader.close();
  }
};
const doneOf = (steps: readonly StepRecord[]): readonly StepRecord[] =>
  steps.filter((step) => step.state === "done");

it("a run goes on from a backup made while it ran, elsewhere, with the very proposal that was due", async () => {
  const home = tempFolder();
  const data = join(home, "data");
  const config = join(home, "rig.yaml");
  // Proposals of the model, not of the initial design, are what a copy could get wrong.
  writeFileSync(config, "rig: {kind: simulated}\noptimiser: {initial: 3}\n");
  const total = 12;
  const args = ["--headless", "--json", "--iterations"];
  const original = start(["run", "--config", config, "--data", data, "--seed", "5", ...args, String(total)]);
  try {
    await eventually(
      async () => (doneOf(await stepsOf(data).catch(() => [])).length >= 4 ? true : null),
      50,
      180_000,
    );
    const backup = join(home, "backup");
    const copied = await stedloop(["backup", "--data", data, "--to", backup, "--json"]);
    expect(copied.code, copied.err).toBe(0);
    // The original goes on, so that what was due is known from it.
    expect(await ended(original)).toBe(0);

    const elsewhere = join(tempFolder(), "restored");
    cpSync(backup, elsewhere, { recursive: true });
    rmSync(backup, { recursive: true });
    const before = doneOf(await stepsOf(elsewhere));
    const next = before.length + 1;
    expect(next).toBeGreaterThan(4);
    expect(next).toBeLessThanOrEqual(total);
    const resumed = await stedloop(["run", "--resume", "latest", "--data", elsewhere, ...args, String(next)]);
    expect(resumed.code, resumed.err).toBe(0);

    const whole = doneOf(await stepsOf(data));
    const restored = doneOf(await stepsOf(elsewhere));
    expect(restored).toHaveLength(next);
    const proposals = (steps: readonly StepRecord[]): unknown =>
      steps
        .slice(0, next)
        .map(({ intent: { step, proposed, why, work } }) => ({ step, proposed, why, work }));
    expect(proposals(restored)).toEqual(proposals(whole));
    const observed = (steps: readonly StepRecord[]): unknown =>
      steps.slice(0, next - 1).map(({ result }) => result?.observation);
    expect(observed(restored)).toEqual(observed(whole));
    const replay = await stedloop(["replay", "latest", "--data", elsewhere, "--json"]);
    expect(JSON.parse(replay.out)).toMatchObject({ steps: next, identical: true, firstDifference: null });
  } finally {
    original.kill("SIGKILL");
    await ended(original);
  }
}, 300_000);
