import { afterEach, describe, expect, it } from "vitest";
import { createOptimiser, OptimiserWorker } from "../../src/optimiser/index.js";
import { look, run, spaceWith } from "./helpers.js";

const opened: OptimiserWorker[] = [];
afterEach(async () => {
  for (const worker of opened.splice(0)) await worker.close();
});
async function worker(): Promise<OptimiserWorker> {
  const one = await OptimiserWorker.open(spaceWith({ initial: 5 }));
  opened.push(one);
  return one;
}

describe("the optimiser in its thread", () => {
  it("answers as the one in this thread, prepared or not", async () => {
    const here = await createOptimiser(spaceWith({ initial: 5 }));
    const there = await worker();
    for (let i = 0; i < 9; i++) {
      const expected = here.ask();
      expect(await there.ask()).toEqual(expected);
      here.tell(look(expected.settings));
      await there.tell(look(expected.settings));
      if (i % 2 === 0) await there.prepare();
    }
    // Fits made ahead are kept too; they are a function of the rest.
    expect({ ...(await there.save()), thetas: {} }).toEqual({ ...here.save(), thetas: {} });
    expect(await there.best()).toEqual(here.best()?.settings);
    expect(await there.pareto()).toEqual(here.pareto());
    const at = [{ depletionPowerMw: 100, dwellTimeUs: 10, lineRepeats: 2 }];
    expect(await there.predict(at)).toEqual(here.predict(at));
  });

  it("a cut by the clock is counted, and the count reproduces it", async () => {
    const there = await worker();
    const here = await createOptimiser(spaceWith({ initial: 5 }));
    run(here, 8);
    await there.load(here.save());
    const cut = await there.ask({ deadlineMs: 0 });
    expect(cut.work).toBe(1);
    expect(here.ask({ maxWork: cut.work })).toEqual(cut);
  });

  it("errors cross the thread with code and place; the thread goes on", async () => {
    const there = await worker();
    await expect(there.tell({ settings: {}, objectives: {} })).rejects.toMatchObject({
      code: "BAD_PARAMS",
      where: "settings.depletionPowerMw",
    });
    await expect(there.ask({ limits: { dwellTimeUs: { max: 1 } } })).rejects.toMatchObject({
      code: "NO_CANDIDATES",
    });
    expect((await there.ask()).why.kind).toBe("initial design");
    expect(await there.best()).toBeNull();
  });

  it("an operator's edit beyond the knobs' bounds is kept as knowledge", async () => {
    const there = await worker();
    const settings = { depletionPowerMw: 260, dwellTimeUs: 60, lineRepeats: 2, excitationPowerUw: 5 };
    await there.tell(look(settings));
    expect((await there.save()).observations[0]?.settings).toEqual({
      depletionPowerMw: 260,
      dwellTimeUs: 60,
      lineRepeats: 2,
    });
    for (let i = 0; i < 8; i++) await there.tell(look((await there.ask()).settings));
    expect((await there.ask()).settings.depletionPowerMw).toBeLessThanOrEqual(250);
  });
});
