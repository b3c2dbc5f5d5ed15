import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stedloop, tempFolder } from "./command-line.js";

const limits =
  "limits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 20}, dwellTimeUs: {max: 100}, lineRepeats: {max: 10}}\n";

describe("a run under a safety file", { timeout: 240_000 }, () => {
  it("keeps its rules, counts its light, and is not resumed under others", async () => {
    const data = tempFolder();
    const config = join(data, "c.yaml");
    const safety = join(data, "safety.yaml");
    const rule = "combinations:\n  - {when: {depletionPowerMw: {min: 60}}, then: {dwellTimeUs: {max: 8}}}\n";
    writeFileSync(
      config,
      "rig: {kind: simulated, timeScale: 0}\nsafety: safety.yaml\nbudget: {steps: 50, doseJPerCm2: 2000}\n",
    );
    writeFileSync(safety, `${limits}dose: {regionJPerCm2: 600, runJPerCm2: 90000}\n${rule}`);
    const args = ["run", "--headless", "--json", "--data", data, "--config", config, "--seed", "4"];
    const ran = await stedloop([...args, "--iterations", "30"]);
    expect(ran.err).not.toMatch(/unexpected/);
    expect(ran.code).toBe(0);
    const out = join(data, "out");
    await stedloop(["export", "latest", "--to", out, "--format", "csv", "--data", data]);
    const [head, ...rows] = readFileSync(join(out, "steps.csv"), "utf8")
      .trim()
      .split("\n")
      .map((l) => l.split(","));
    const column = (name: string) => rows.map((r) => Number(r[(head as string[]).indexOf(name)]));
    const [power, dwell, excitation] = [
      column("depletionPowerMw"),
      column("dwellTimeUs"),
      column("excitationPowerUw"),
    ];
    expect(rows.length).toBeGreaterThan(3);
    let total = 0;
    power.forEach((p, i) => {
      const [t, e] = [dwell[i] as number, excitation[i] as number];
      const step = (0.1 * p * t) / 0.37 + (0.1 * e * 1e-3 * t) / 0.079 + 2 * ((0.1 * 0.01 * 10) / 0.079);
      expect(step).toBeLessThan(600.01);
      if (p >= 60) expect(t).toBeLessThanOrEqual(8);
      total += step;
    });
    // The light budget ended the run before its thirty steps, and held.
    expect(rows.length).toBeLessThan(30);
    expect(total).toBeLessThan(2000);
    writeFileSync(safety, `${limits}dose: {regionJPerCm2: 601, runJPerCm2: 90000}\n${rule}`);
    const other = await stedloop([...args, "--iterations", "40", "--resume", "latest"]);
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/another configuration/)]);
  });

  it("is refused at start where it does not fit the rig's light", async () => {
    const data = tempFolder();
    const config = join(data, "c.yaml");
    writeFileSync(config, "rig: {kind: simulated, timeScale: 0}\nsafety: safety.yaml\n");
    writeFileSync(join(data, "safety.yaml"), `${limits}sources: {depletion-75: {maxMw: 100}}\n`);
    const { code, err } = await stedloop(["run", "--headless", "--data", data, "--config", config]);
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean 'depletion-750'/);
    expect(err).toMatch(/no entry for the light source 'excitation-635'/);
  });

  it("as shipped works with the simulated rig", async () => {
    const data = tempFolder();
    const config = join(data, "c.yaml");
    cpSync(join(import.meta.dirname, "../../config/safety.yaml"), join(data, "safety.yaml"));
    writeFileSync(config, "rig: {kind: simulated, timeScale: 0}\nsafety: safety.yaml\n");
    const args = ["run", "--headless", "--json", "--data", data, "--config", config];
    const { code, out } = await stedloop([...args, "--iterations", "3"]);
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ iterations: 3 })]);
  });
});
