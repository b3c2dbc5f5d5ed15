import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournalReader } from "../../src/journal/index.js";
import { eventually, stedloop } from "../cli/command-line.js";
import { CompositeBench } from "./bench.js";
import { oneBoxSet } from "./sets.js";

// Excitation and depletion by two channels of one AA box, on one port.
describe.skipIf(process.platform === "win32")("two channels of one AOTF box", { timeout: 240_000 }, () => {
  const bench = new CompositeBench({ devices: oneBoxSet, timeScale: 1 });
  beforeAll(() => bench.start(), 120_000);
  afterAll(() => bench.stop());

  it("carry the two beams of a run: one in a confocal frame, both in a STED frame, none between", async () => {
    const args = ["run", "--headless", "--json", "--iterations", "1", "--config", bench.config];
    const run = stedloop([...args, "--data", bench.data]);
    const seen = new Set<string>();
    let done = false;
    void run.then(() => {
      done = true;
    });
    while (!done) {
      const excitation = await bench.emits("aotf640");
      seen.add(
        `${excitation ? "excitation" : ""} ${(await bench.emits("aotf775")) ? "depletion" : ""}`.trim(),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { code, err } = await run;
    expect(code, err).toBe(0);
    for (const state of ["", "excitation", "excitation depletion"]) expect([...seen]).toContain(state);
    for (const { name } of oneBoxSet) expect(await bench.emits(name), name).toBe(false);
    const reader = await openJournalReader(bench.data);
    const [step] = await reader.steps((await reader.run("latest")).run);
    await reader.close();
    const settings = (step?.intent.settings ?? {}) as Record<string, number>;
    const { depletionPowerMw = 0, excitationPowerUw = 0 } = settings;
    // The box reads back in tenths of a dB.
    expect(Math.abs((step?.result?.actual.depletionPowerMw ?? 0) / depletionPowerMw - 1)).toBeLessThan(0.05);
    expect(Math.abs((step?.result?.actual.excitationPowerUw ?? 0) / excitationPowerUw - 1)).toBeLessThan(
      0.05,
    );
  });

  it("are put out together by the guard when the daemon is killed", async () => {
    bench.newData();
    await bench.run();
    await bench.lit();
    bench.daemon?.kill("SIGKILL");
    const dark = await bench.dark();
    for (const ms of Object.values(dark)) expect(ms).toBeLessThan(6000);
    await eventually(async () => ((await bench.emits("laser775")) ? null : true));
  });
});
