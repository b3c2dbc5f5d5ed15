import { describe, expect, it } from "vitest";
import { beams } from "../../drivers/simulated/physics/beams.js";
import { anchorMicroscope } from "../../drivers/simulated/physics/profile.js";
import {
  brokenBy,
  defaultBeamAreas,
  frameDoseJPerCm2,
  keepsRules,
  RandomStream,
  ruleText,
  SafetyTrip,
  VirtualClock,
} from "../../src/core/index.js";
import type { Optimiser } from "../../src/optimiser/index.js";
import {
  approve,
  DoseAccount,
  EnvelopeKeeper,
  lightsOf,
  makeEnvelope,
  Pacing,
} from "../../src/safety/index.js";

const spec = (name: string, max: number) => ({
  name,
  label: name,
  unit: "1",
  min: 0,
  max,
  scale: "linear" as const,
});
const parameters = [spec("depletionPowerMw", 350), spec("excitationPowerUw", 20), spec("dwellTimeUs", 100)];
const limits = { depletionPowerMw: { max: 250 }, excitationPowerUw: { max: 20 }, dwellTimeUs: { max: 100 } };
const beam = { depletionAreaUm2: 0.5, excitationAreaUm2: 0.1 };
const sted = (depletionPowerMw: number, dwellTimeUs: number) => ({
  kind: "sted" as const,
  settings: { depletionPowerMw, excitationPowerUw: 10, dwellTimeUs },
});
const code = (act: () => unknown): string => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof SafetyTrip) return thrown.code;
    throw thrown;
  }
  return "taken";
};

describe("dose", () => {
  it("is power over area times time: worked by hand", () => {
    // 100 mW × 10 µs × 2 lines = 2e-6 J on 0.5e-8 cm² = 400 J/cm²; 10 µW on 0.1e-8 cm²: 2e-10 J = 0.2 J/cm²
    const settings = { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 2 };
    expect(frameDoseJPerCm2(settings, "sted", beam)).toBeCloseTo(400.2, 9);
    expect(frameDoseJPerCm2(settings, "confocal", beam)).toBeCloseTo(0.2, 12);
    expect(frameDoseJPerCm2({ depletionPowerMw: 100 }, "sted", beam)).toBeNull();
  });

  it("takes the simulated microscope's beams where none are given: power over brightest intensity", () => {
    const { optics, pulseS, rateHz } = anchorMicroscope();
    const grid = beams(optics, 5e-9, pulseS * rateHz);
    const doughnut = optics.transmission.depletion / (pulseS * rateHz) / grid.crest;
    const spot = optics.transmission.excitation / Math.max(...grid.excitation);
    expect(defaultBeamAreas.depletionAreaUm2).toBeCloseTo(doughnut * 1e12, 2);
    expect(defaultBeamAreas.excitationAreaUm2).toBeCloseTo(spot * 1e12, 3);
  });

  it("is counted a region and a run; what does not fit is refused, what was refused in the dark taken back", () => {
    const dose = { regionJPerCm2: 500, runJPerCm2: 900 };
    const envelope = makeEnvelope(limits, parameters, {}, { dose, beam });
    const account = new DoseAccount();
    const take = (region: string) => () => {
      const request = approve({ steps: [sted(100, 10)] }, envelope, { account, region });
      account.charge(region, 200.1);
      return request;
    };
    expect(["a", "a", "a"].map((r) => code(take(r)))).toEqual(["taken", "taken", "DOSE_REGION"]);
    expect(["b", "b", "c"].map((r) => code(take(r)))).toEqual(["taken", "taken", "DOSE_RUN"]);
    account.refund("b", 200.1);
    expect(code(take("c"))).toBe("taken");
    expect(account.runJPerCm2).toBeCloseTo(800.4);
    // More than a region may ever get is refused whatever the account says, and without one nothing is let through.
    expect(code(() => approve({ steps: [sted(250, 100)] }, envelope, { account, region: "z" }))).toBe(
      "OUTSIDE_ENVELOPE",
    );
    expect(code(() => approve({ steps: [sted(1, 1)] }, envelope))).toBe("DOSE_UNACCOUNTED");
  });

  it("and combinations bound what the optimiser proposes, in every strategy", async () => {
    const light = {
      combinations: [{ when: { depletionPowerMw: { min: 100 } }, then: { dwellTimeUs: { max: 20 } } }],
      beam,
      maxJPerCm2: 600,
      constants: { lineRepeats: 2 },
    };
    const { createOptimiser, parseSpace } = await import("../../src/optimiser/index.js");
    for (const strategy of ["nehvi", "kernel-ts", "sobol", "random"]) {
      const space = parseSpace({
        parameters: [
          { name: "depletionPowerMw", min: 0, max: 250 },
          { name: "dwellTimeUs", min: 2, max: 50, scale: "log" },
        ],
        objectives: [
          { name: "a", direction: "maximise", ideal: 1, worstAcceptable: 0 },
          { name: "b", direction: "minimise", ideal: 0, worstAcceptable: 1 },
        ],
        strategy,
        initial: 5,
        light,
      });
      const optimiser: Optimiser = await createOptimiser(space);
      const stream = RandomStream.of(1, "told");
      for (let i = 0; i < 12; i++) {
        const { settings } = optimiser.ask();
        expect(keepsRules(settings, light), `${strategy} ${JSON.stringify(settings)}`).toBe(true);
        // The unknown optimum lies where the rules forbid it.
        const a = ((settings.depletionPowerMw ?? 0) * (settings.dwellTimeUs ?? 0)) / 12_500;
        optimiser.tell({ settings, objectives: { a, b: 0.5 + 0.1 * stream.normal() } });
      }
    }
  });
});

describe("combinations", () => {
  const rule = { when: { depletionPowerMw: { min: 100 } }, then: { dwellTimeUs: { max: 20 } } };
  const cases = [
    { given: { depletionPowerMw: 99, dwellTimeUs: 50 }, broken: null },
    { given: { depletionPowerMw: 100, dwellTimeUs: 20 }, broken: null },
    { given: { depletionPowerMw: 100, dwellTimeUs: 20.1 }, broken: "dwellTimeUs" },
    { given: { dwellTimeUs: 50 }, broken: null },
    { given: { depletionPowerMw: 150 }, broken: "dwellTimeUs" },
  ];
  for (const { given, broken } of cases) {
    it(`${JSON.stringify(given)} ${broken === null ? "keeps" : "breaks"} it`, () => {
      expect(brokenBy(given, rule)).toBe(broken);
    });
  }
  it("are said in words", () => {
    expect(ruleText(rule)).toBe("depletionPowerMw ≥ 100 needs dwellTimeUs ≤ 20");
  });
});

describe("ramps and duty", () => {
  const driven = [{ source: "depletion", setting: "depletionPowerMw", mwPerUnit: 1 }];
  it("are kept by waiting in the dark", () => {
    const pacing = new Pacing({ depletion: { maxMw: 250, maxRampMwPerS: 100, maxDuty: 0.25 } }, 0);
    const at = (powerMw: number, onMs = 0) =>
      lightsOf([{ settings: { depletionPowerMw: powerMw } }], driven, onMs);
    expect(pacing.waitMs(at(200), 0)).toBe(2000);
    expect(pacing.waitMs(at(200), 2000)).toBe(0);
    pacing.given(at(200, 1000), 3000);
    // A quarter of the time: three seconds of rest after one of light; going down needs no ramp.
    expect(pacing.waitMs(at(50), 3000)).toBe(3000);
    expect(pacing.waitMs(at(0), 3000)).toBe(0);
    pacing.given(at(50, 100), 6000);
    expect(pacing.waitMs(at(250), 6000)).toBe(2000);
  });
});

describe("maintenance", () => {
  it("needs dark, a short while and parameters of the rig; stays inside the rig's bounds, and ends by itself", async () => {
    const clock = new VirtualClock();
    const base = makeEnvelope(
      limits,
      parameters,
      { depletionPowerMw: { max: 320 } },
      { dose: { runJPerCm2: 9 } },
    );
    const keeper = new EnvelopeKeeper(
      base,
      { parameters, limits: { depletionPowerMw: { max: 320 } } },
      clock,
    );
    const wanted = { by: "root", reason: "align", limits: { depletionPowerMw: { max: 1000 } }, minutes: 5 };
    expect(code(() => keeper.begin(wanted, true))).toBe("LIGHT_ON");
    expect(code(() => keeper.begin({ ...wanted, minutes: 61 }, false))).toBe("MAINTENANCE");
    expect(code(() => keeper.begin({ ...wanted, minutes: Number.NaN }, false))).toBe("MAINTENANCE");
    expect(code(() => keeper.begin({ ...wanted, limits: { zoom: { max: 1 } } }, false))).toBe("MAINTENANCE");
    expect(code(() => keeper.begin({ ...wanted, limits: { dwellTimeUs: { max: Number.NaN } } }, false))).toBe(
      "MAINTENANCE",
    );
    keeper.begin(wanted, false);
    expect(keeper.limits.depletionPowerMw?.max).toBe(320);
    expect(keeper.dose).toEqual({ runJPerCm2: 9 });
    await clock.advance(5 * 60_000 - 1);
    expect(keeper.active()?.by).toBe("root");
    await clock.advance(1);
    expect(keeper.limits.depletionPowerMw?.max).toBe(250);
    expect(keeper.active()).toBeNull();
  });
});
