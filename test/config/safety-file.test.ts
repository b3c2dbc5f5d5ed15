import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCalibration } from "../../drivers/composite/index.js";
import { lightRulesOf, loadConfig, safetyHash } from "../../src/config/index.js";
import { ConfigError } from "../../src/core/index.js";

const limits =
  "limits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 20}, dwellTimeUs: {max: 100}, lineRepeats: {max: 10}}\n";
function load(safety: string, config = "rig: {kind: simulated}\n"): ReturnType<typeof loadConfig> {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-safety-"));
  writeFileSync(join(folder, "safety.yaml"), safety);
  writeFileSync(join(folder, "c.yaml"), `${config}safety: safety.yaml\n`);
  return loadConfig(join(folder, "c.yaml"));
}
function refusal(safety: string, config?: string): string {
  try {
    load(safety, config);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.line;
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("the safety file", () => {
  it("of the serial rig as shipped goes with its configuration", () => {
    const config = loadConfig(join(import.meta.dirname, "../../config/serial-lasers.yaml"));
    expect(Object.keys(config.sources ?? {})).toEqual(
      expect.arrayContaining(["depletion", "laser640", "aotf"]),
    );
    const { rig } = config;
    if (rig.kind !== "composite") throw new Error(rig.kind);
    for (const { calibration } of rig.light) if (calibration !== undefined) readCalibration(calibration);
  });

  it("as shipped is read whole and fits the default run", () => {
    const text = readFileSync(join(import.meta.dirname, "../../config/safety.yaml"), "utf8");
    const config = load(text);
    expect(config.sources?.["depletion-750"]).toEqual({ maxMw: 250, maxRampMwPerS: 500 });
    expect(config.dose).toEqual({ regionJPerCm2: 5000, runJPerCm2: 200_000 });
    expect(config.combinations).toEqual([
      { when: { depletionPowerMw: { min: 200 } }, then: { dwellTimeUs: { max: 50 } } },
    ]);
  });

  it("has a hash of everything in it, whatever the order", () => {
    const with1 = load(`${limits}dose: {regionJPerCm2: 9000, runJPerCm2: 90000}\n`);
    const with2 = load(`dose: {runJPerCm2: 90000, regionJPerCm2: 9000}\n${limits}`);
    const other = load(`${limits}dose: {regionJPerCm2: 9001, runJPerCm2: 90000}\n`);
    expect(safetyHash(with1)).toBe(safetyHash(with2));
    expect(safetyHash(with1)).not.toBe(safetyHash(other));
    expect(safetyHash(load(limits))).toBe(safetyHash(loadConfig()));
  });

  it("leaves the STED frame what the confocals do not take", () => {
    const config = load(
      `${limits}dose: {regionJPerCm2: 1000}\n`,
      "rig: {kind: simulated}\nbeam: {depletionAreaUm2: 0.5, excitationAreaUm2: 0.1}\n",
    );
    // Two confocals of 10 µW × 10 µs on 0.1 µm²: 0.1 J/cm² each.
    expect(lightRulesOf(config)?.maxJPerCm2).toBeCloseTo(999.8, 9);
    expect(lightRulesOf(load(limits))).toBeUndefined();
  });

  const refused: readonly { name: string; safety: string; says: readonly RegExp[] }[] = [
    { name: "no limits", safety: "sources: {}\n", says: [/safety\.yaml/, /'limits'/] },
    { name: "an unknown key", safety: `${limits}doze: {}\n`, says: [/line 2/, /'dose'/] },
    {
      name: "no unit where one belongs",
      safety: `${limits}sources:\n  laser: {max: 5}\n`,
      says: [/line 3/, /maxMw/],
    },
    {
      name: "a power that is none",
      safety: `${limits}sources:\n  laser: {maxMw: -5}\n`,
      says: [/line 3/, /maxMw/],
    },
    { name: "text as a dose", safety: `${limits}dose: {regionJPerCm2: 5 J}\n`, says: [/line 2/, /number/] },
    {
      name: "an empty condition",
      safety: `${limits}combinations:\n  - {when: {}, then: {dwellTimeUs: {max: 1}}}\n`,
      says: [/line 3/, /at least one/],
    },
    {
      name: "a range without ends",
      safety: `${limits}combinations:\n  - {when: {dwellTimeUs: {}}, then: {dwellTimeUs: {max: 1}}}\n`,
      says: [/min, max or both/],
    },
    {
      name: "a range upside down",
      safety: `${limits}combinations:\n  - {when: {dwellTimeUs: {min: 9, max: 3}}, then: {dwellTimeUs: {max: 1}}}\n`,
      says: [/above/],
    },
    {
      name: "a rule on a name without a limit",
      safety: `${limits}combinations:\n  - {when: {dwelTimeUs: {min: 9}}, then: {dwellTimeUs: {max: 1}}}\n`,
      says: [/'dwelTimeUs' has no limit/, /did you mean 'dwellTimeUs'/],
    },
    {
      name: "rules that leave nothing",
      safety: `${limits}combinations:\n  - {when: {dwellTimeUs: {min: 1}}, then: {dwellTimeUs: {max: 1}}}\n`,
      says: [/nothing is left/],
    },
    {
      name: "a dose below the least frame",
      safety: `${limits}dose: {regionJPerCm2: 0.0001}\n`,
      says: [/nothing is left/, /dose/],
    },
  ];
  for (const { name, safety, says } of refused) {
    it(`is refused with ${name}`, () => {
      const line = refusal(safety);
      for (const word of says) expect(line).toMatch(word);
    });
  }
});
