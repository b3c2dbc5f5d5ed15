import { describe, expect, it } from "vitest";
import { type Observation, RandomStream, type Settings } from "../../src/core/index.js";
import { rowOf, scaledTraining } from "../../src/optimiser/data.js";
import { alongDirections, tooManyBoxes } from "../../src/optimiser/directions.js";
import { Domain } from "../../src/optimiser/domain.js";
import { expectedImprovement, indexBoxes } from "../../src/optimiser/ehvi.js";
import { GaussianProcess } from "../../src/optimiser/gp.js";
import { Model } from "../../src/optimiser/model.js";
import { pathwiseDraw } from "../../src/optimiser/pathwise.js";
import { activeRows, exactUpTo } from "../../src/optimiser/pool.js";
import { look, open, run, spaceWith, toy } from "./helpers.js";

const bleachLimit = {
  objectives: [
    { name: "quality", label: "Quality", direction: "maximise", worstAcceptable: 0.2, ideal: 1 },
    {
      name: "bleaching",
      label: "Bleaching",
      direction: "minimise",
      worstAcceptable: 0.8,
      ideal: 0,
      limit: 0.3,
    },
  ],
};

describe("soft limits", () => {
  it("are learned: settings keep them, and the probability is told", async () => {
    const optimiser = await open(bleachLimit);
    const asked = run(optimiser, 22);
    const past = asked.slice(10).filter((s) => (toy(s).bleaching as number) > 0.33);
    expect(past.length).toBeLessThanOrEqual(1);
    const free = run(await open({ objectives: bleachLimit.objectives.map(({ limit: _l, ...o }) => o) }), 22);
    expect(free.slice(10).some((s) => (toy(s).bleaching as number) > 0.4)).toBe(true);
    const { why } = optimiser.ask();
    expect(why.within?.bleaching).toBeGreaterThanOrEqual(0.9);
    expect(why.text).toMatch(/bleaching at most 0\.300 with \d+ % probability/);
  });
  it("a limit beyond the ideal is refused by name", async () => {
    const bad = { objectives: [{ name: "f", direction: "minimise", ideal: 1, limit: 0.5 }] };
    expect(() => spaceWith(bad)).toThrowError(expect.objectContaining({ where: "objectives[0].limit" }));
  });
});

describe("earlier runs", () => {
  const earlier = async (
    session: string,
    change: (o: Observation) => Observation,
  ): Promise<Observation[]> => {
    const before = await open({ seed: 3 });
    run(before, 24);
    return before.save().observations.map((o) => ({ ...change(o as Observation), session }));
  };
  const brightness = (o: Observation): Observation => ({
    ...o,
    objectives: { ...o.objectives, quality: (o.objectives.quality as number) * 0.9 },
  });
  it("spare the initial design and are not held for this run's own", async () => {
    const optimiser = await open();
    for (const o of await earlier("monday", brightness)) optimiser.tell(o);
    const first = optimiser.ask();
    expect(first.why.kind).not.toBe("initial design");
    expect(toy(first.settings).quality).toBeGreaterThan(0.3);
    expect(optimiser.best()).toBeNull();
    const state = JSON.parse(JSON.stringify(optimiser.save()));
    const again = await open();
    again.load(state);
    expect(again.ask().settings).toEqual(optimiser.ask().settings);
  });
  it("that mislead are found out and left out", async () => {
    const upsideDown = (o: Observation): Observation => ({
      ...o,
      settings: { ...o.settings, depletionPowerMw: 250 - (o.settings.depletionPowerMw as number) },
    });
    const optimiser = await open();
    for (const o of await earlier("upside down", upsideDown)) optimiser.tell(o);
    run(optimiser, 10);
    const space = spaceWith({});
    const domain = new Domain(space.parameters);
    const rows = optimiser.save().observations.map((o) => rowOf(domain, space.objectives, o as Observation));
    const model = Model.fit(domain, space.objectives, rows, new Map());
    expect(model.columns[0]?.ignored).toEqual(["upside down"]);
    expect(model.columns[0]?.n).toBe(10);
  });
});

describe("drift", () => {
  it("is corrected for: the model tells what holds now", async () => {
    const optimiser = await open();
    const anchor = { depletionPowerMw: 100, dwellTimeUs: 10, lineRepeats: 2 };
    let step = 0;
    const fading = (s: Settings): Observation => {
      const { quality = 0, bleaching = 0 } = toy(s);
      return { settings: s, objectives: { quality: quality - 0.02 * step++, bleaching } };
    };
    for (let i = 0; i < 8; i++) {
      optimiser.tell(fading(anchor));
      run(optimiser, 3, fading);
    }
    const now = (toy(anchor).quality as number) - 0.02 * step;
    const { mean, sd } = optimiser.predict([anchor]);
    expect(Math.abs((mean[0]?.quality as number) - now)).toBeLessThan(0.06);
    expect(sd[0]?.quality).toBeLessThan(0.1);
  });
});

describe("context of the field", () => {
  it("explains what the settings do not", async () => {
    const stream = RandomStream.of(5, "fields");
    const told = Array.from({ length: 30 }, (_, i) => {
      const settings = {
        depletionPowerMw: 250 * stream.uniform(),
        dwellTimeUs: 2 + 48 * stream.uniform(),
        lineRepeats: 1 + (i % 8),
      };
      const foregroundMean = 50 + 100 * stream.uniform();
      const { quality = 0, bleaching = 0 } = toy(settings);
      const objectives = { quality: quality + 0.004 * (foregroundMean - 100), bleaching };
      return { settings, objectives, context: { foregroundMean } };
    });
    const blind = await open();
    const seeing = await open({ context: ["foregroundMean"] });
    for (const o of told) {
      blind.tell({ settings: o.settings, objectives: o.objectives });
      seeing.tell(o);
    }
    const unexplained = (o: typeof blind): number => o.health().noise.quality as number;
    expect(unexplained(seeing)).toBeLessThan(0.5 * unexplained(blind));
    const { settings } = seeing.ask({ context: { foregroundMean: 140 } });
    expect(Object.keys(settings)).toHaveLength(3);
    expect(() =>
      seeing.tell({ ...told[0], context: { depth: 3 } } as Observation, { strict: true }),
    ).toThrowError(expect.objectContaining({ where: "context.depth" }));
  });
});

describe("many observations", () => {
  it("stand on a well-chosen few: all of them up to a number, then at most that many, spread and newest", () => {
    const stream = RandomStream.of(2, "pool");
    const rows = Array.from({ length: 1000 }, () => {
      const u = Float64Array.from({ length: 3 }, () => stream.uniform());
      return { u, values: [u[0] as number, 1 - (u[0] as number), u[1] as number], failed: false };
    });
    expect(activeRows(rows.slice(0, exactUpTo))).toHaveLength(exactUpTo);
    const few = activeRows(rows);
    expect(few.length).toBeLessThanOrEqual(exactUpTo);
    expect(few).toContain(rows[999]);
    expect(activeRows(rows)).toEqual(few);
  });
  it("a thousand are answered, and saved state goes on bit for bit", async () => {
    const optimiser = await open();
    const stream = RandomStream.of(1, "thousand");
    for (let i = 0; i < 1000; i++)
      optimiser.tell(
        look({
          depletionPowerMw: 250 * stream.uniform(),
          dwellTimeUs: 2 + 48 * stream.uniform(),
          lineRepeats: 1 + stream.int(8),
        }),
      );
    const state = JSON.parse(JSON.stringify(optimiser.save()));
    const { settings } = optimiser.ask();
    const again = await open();
    again.load(state);
    expect(again.ask().settings).toEqual(settings);
  });
});

describe("pathwise draws", () => {
  it("have the posterior's mean and variance, also where data share an offset", () => {
    const stream = RandomStream.of(4, "paths");
    const points = Array.from({ length: 10 }, () => Float64Array.of(stream.uniform(), stream.uniform()));
    const marks = points.map((_, i) => ({ session: i < 5 ? "old" : null, age: 0 }));
    const { training } = scaledTraining(
      2,
      points,
      points.map((p) => Math.sin(4 * (p[0] as number))),
      { marks, drift: false },
    );
    const gp = new GaussianProcess(training, Float64Array.of(-0.7, -0.2, 0, -3));
    const at = [Float64Array.of(0.1, 0.9), Float64Array.of(0.5, 0.5), points[2] as Float64Array];
    const { mean, sd } = gp.predict(at);
    const draws = Array.from({ length: 1500 }, () => pathwiseDraw(gp, stream, 256)(at));
    at.forEach((_x, i) => {
      const values = draws.map((d) => d[i] as number);
      const m = values.reduce((a, b) => a + b, 0) / values.length;
      const v = values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length;
      expect(Math.abs(m - (mean[i] as number))).toBeLessThan((5 * (sd[i] as number)) / Math.sqrt(1500));
      expect(Math.abs(v / (sd[i] as number) ** 2 - 1)).toBeLessThan(6 * Math.sqrt(2 / 1500));
    });
  });
});

describe("stopping advice", () => {
  it("falls as the trade-off is mapped, changes no proposal, and says when to stop", async () => {
    const optimiser = await open();
    expect(optimiser.outlook()).toBeNull();
    run(optimiser, 8);
    const early = optimiser.outlook();
    const twin = await open();
    twin.load(optimiser.save());
    expect(optimiser.ask().settings).toEqual(twin.ask().settings);
    optimiser.forget();
    run(optimiser, 30);
    const late = optimiser.outlook();
    expect(late?.remaining).toBeLessThan(0.5 * (early?.remaining ?? 0));
    expect(early?.stop).toBe(false);
    expect(late?.text).toMatch(/^(You could stop|Worth going on): about \d/);
    // One objective that no setting changes: nothing is left to gain.
    const flat = await open({
      parameters: [{ name: "a", min: 0, max: 1 }],
      objectives: [{ name: "f", direction: "minimise", worstAcceptable: 2 }],
    });
    run(flat, 8, (s) => ({ settings: s, objectives: { f: 1 } }));
    expect(flat.outlook()).toMatchObject({ stop: true });
  });
});

describe("many objectives", () => {
  it("along directions the gain is that over boxes, up to one factor", () => {
    const stream = RandomStream.of(8, "directions");
    const reference = new Float64Array(4).fill(1);
    const front = Array.from({ length: 7 }, () => Float64Array.from({ length: 4 }, () => stream.uniform()));
    expect(tooManyBoxes(front, reference)).toBe(false);
    const long = Array.from({ length: 60 }, () => {
      const raw = Float64Array.from({ length: 4 }, () => -Math.log(1 - stream.uniform()));
      const sum = raw.reduce((a, b) => a + b, 0);
      return raw.map((v) => v / sum);
    });
    expect(tooManyBoxes(long, reference)).toBe(true);
    const boxes = indexBoxes(front, reference);
    const outcomes = Array.from({ length: 12 }, () => ({
      mean: Float64Array.from({ length: 4 }, () => 0.2 + 0.4 * stream.uniform()),
      sd: new Float64Array(4).fill(0.15),
    }));
    const sums = new Float64Array(12);
    for (let k = 0; k < 60; k++) {
      const along = alongDirections(front, reference, stream);
      outcomes.forEach(({ mean, sd }, i) => {
        sums[i] = (sums[i] as number) + along(mean, sd) / 60;
      });
    }
    const ratios = outcomes.map(
      ({ mean, sd }, i) => (sums[i] as number) / expectedImprovement(boxes, mean, sd),
    );
    // HV = π^(m/2)/(2^m Γ(m/2 + 1)) × the mean over directions: for m = 4 the factor is π²/32.
    for (const r of ratios) expect(r * (Math.PI ** 2 / 32)).toBeCloseTo(1, 0);
    const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
    expect(Math.abs(mean * (Math.PI ** 2 / 32) - 1)).toBeLessThan(0.12);
  });
  it("five objectives and fifty images are still answered", async () => {
    const names = ["f", "g", "h", "k", "l"];
    const optimiser = await open({
      objectives: names.map((name) => ({ name, direction: "minimise", worstAcceptable: 2 })),
    });
    const stream = RandomStream.of(6, "five");
    for (let i = 0; i < 50; i++) {
      const settings = {
        depletionPowerMw: 250 * stream.uniform(),
        dwellTimeUs: 2 + 48 * stream.uniform(),
        lineRepeats: 1 + stream.int(8),
      };
      optimiser.tell({
        settings,
        objectives: Object.fromEntries(
          names.map((n, j) => [
            n,
            Math.abs((settings.depletionPowerMw as number) / 250 - j / 4) + stream.uniform() * 0.1,
          ]),
        ),
      });
    }
    const { why } = optimiser.ask();
    expect(Object.keys(why.expected)).toEqual(names);
  });
});

describe("without thresholds", () => {
  it("a concave front is mapped to its ends (ZDT2, a seed on which the inferred reference used to collapse)", async () => {
    const optimiser = await open({
      parameters: ["a", "b", "c"].map((name) => ({ name, min: 0, max: 1 })),
      objectives: ["f", "g"].map((name) => ({ name, direction: "minimise" })),
      seed: 6,
    });
    const stream = RandomStream.of(6, "zdt2");
    const asked = run(optimiser, 26, (s) => {
      const g = 1 + 4.5 * ((s.b as number) + (s.c as number));
      const f = s.a as number;
      return {
        settings: s,
        objectives: { f: f + 0.02 * stream.normal(), g: g * (1 - (f / g) ** 2) + 0.1 * stream.normal() },
      };
    });
    const near = asked.slice(8).filter((s) => (s.b as number) + (s.c as number) < 0.1);
    expect(near.some((s) => (s.a as number) > 0.8)).toBe(true);
    expect(near.some((s) => (s.a as number) < 0.4)).toBe(true);
  });
});

describe("objectives of any size", () => {
  it.each([1e-12, 1, 1e12])("are searched alike: %s", async (size) => {
    const optimiser = await open({
      parameters: [{ name: "a", min: 0, max: 1 }],
      objectives: [{ name: "f", direction: "minimise" }],
    });
    const asked = run(optimiser, 16, (s) => ({
      settings: s,
      objectives: { f: size * (1 + ((s.a as number) - 0.3) ** 2) },
    }));
    expect(Math.min(...asked.map((s) => Math.abs((s.a as number) - 0.3)))).toBeLessThan(0.02);
  });
});
