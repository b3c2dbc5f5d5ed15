import { describe, expect, it } from "vitest";
import type { Observation } from "../../src/core/index.js";
import { advise, bestStep, createOptimiser, hypervolumeShare } from "../../src/optimiser/index.js";
import { look, open, run, spaceWith, stedSpace } from "./helpers.js";

const box = [
  { name: "f", ideal: 0, worstAcceptable: 10 },
  { name: "g", ideal: 1, worstAcceptable: 0 },
];
const seen = (f: number | null, g: number | null): Observation => ({ settings: {}, objectives: { f, g } });

describe("hypervolume share", () => {
  it("is the share of the box that is dominated, in either direction", () => {
    expect(hypervolumeShare([seen(5, 0.5)], box)).toBeCloseTo(0.25, 12);
    expect(hypervolumeShare([seen(5, 0.5), seen(2, 0.2)], box)).toBeCloseTo(0.25 + 0.2 * 0.3, 12);
    expect(hypervolumeShare([], box)).toBe(0);
  });
  it("leaves out nulls, failures and what is beyond the worst; beyond the ideal counts as the ideal", () => {
    expect(hypervolumeShare([seen(5, null), { ...seen(1, 1), failed: true }, seen(11, 1)], box)).toBe(0);
    expect(hypervolumeShare([seen(-3, 2)], box)).toBe(1);
  });
});

describe("the best step", () => {
  const space = spaceWith({
    initial: 5,
    preference: { weights: { quality: 1, bleaching: 0.3, pixelTimeUs: 0.1 } },
  });
  it("has the least posterior-mean utility among whole observations", async () => {
    const optimiser = await createOptimiser(space);
    const settings = run(optimiser, 14);
    const observations: Observation[] = settings.map(look);
    const best = bestStep(space, observations) as number;
    expect(optimiser.best()?.index).toBe(best);
    const without = observations.map((o, i) =>
      i === best ? { ...o, objectives: { ...o.objectives, quality: null } } : o,
    );
    expect(bestStep(space, without)).not.toBe(best);
    expect(
      bestStep(
        space,
        without.map((o) => ({ ...o, failed: true })),
      ),
    ).toBeNull();
    expect(bestStep(space, [])).toBeNull();
  });
});

describe("composite search with weights", () => {
  it("concentrates: the second half of the images is better than the first", async () => {
    const optimiser = await open({
      preference: { weights: { quality: 0.5, bleaching: 0.4, pixelTimeUs: 0.1 } },
    });
    const s = run(optimiser, 26).map((settings) => {
      const { quality = 0, bleaching = 0 } = look(settings).objectives;
      const time = (settings.dwellTimeUs as number) * (settings.lineRepeats as number);
      const t = [
        (0.5 * (1 - (quality ?? 0))) / 0.8,
        (0.4 * (bleaching ?? 0)) / 0.8,
        (0.1 * (time - 2)) / 198,
      ];
      return Math.max(...t) + 0.05 * t.reduce((a, b) => a + b, 0);
    });
    const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
    expect(mean(s.slice(13))).toBeLessThan(0.8 * mean(s.slice(0, 6)));
    expect(Math.min(...s.slice(6))).toBeLessThan(Math.min(...s.slice(0, 6)));
  });
});

describe("advice without a session (POST /api/v1/optimise)", () => {
  it("without its state too a history goes on: as an optimiser that never stopped", async () => {
    const optimiser = await createOptimiser(spaceWith({}));
    const history: Observation[] = [];
    for (let i = 0; i < 12; i++) {
      const { settings } = await advise({ space: stedSpace, observations: history });
      expect(settings).toEqual(optimiser.ask().settings);
      const seen = look(settings);
      const told = {
        ...seen,
        objectives: { quality: seen.objectives.quality, bleaching: seen.objectives.bleaching },
      };
      optimiser.tell(seen);
      history.push(told as Observation);
    }
    expect(new Set(history.map((o) => JSON.stringify(o.settings))).size).toBe(12);
  });
  it("goes on from its state as an optimiser that never stopped", async () => {
    const space = { ...stedSpace, initial: 5 };
    const whole = await open({ initial: 5 });
    const history: Observation[] = [];
    let state: unknown = null;
    for (let i = 0; i < 8; i++) {
      const expected = whole.ask();
      const answer = await advise({ space, observations: history, ...(state === null ? {} : { state }) });
      expect(answer.settings).toEqual(expected.settings);
      expect(answer.why).toEqual(expected.why);
      state = JSON.parse(JSON.stringify(answer.state));
      history.push(look(expected.settings));
      whole.tell(look(expected.settings));
    }
    const onlyNew = await advise({ space, observations: history.slice(-1), state });
    expect(onlyNew.settings).toEqual(whole.ask().settings);
  });
  it.each([
    [{ space: { parameters: [] } }, "BAD_SPACE"],
    [{ space: stedSpace, observations: [{ settings: { depletionPowerMw: 1 } }] }, "BAD_PARAMS"],
    [{ space: stedSpace, observations: 3 }, "BAD_PARAMS"],
    [{ space: stedSpace, state: {} }, "BAD_PARAMS"],
    [{ space: stedSpace, observation: [] }, "BAD_PARAMS"],
    [null, "BAD_PARAMS"],
  ])("refuses %j", async (body, code) => {
    await expect(advise(body)).rejects.toMatchObject({ code });
  });
});
