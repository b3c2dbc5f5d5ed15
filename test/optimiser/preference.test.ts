import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { type Click, LearnedPreference } from "../../src/optimiser/preference/learned.js";
import { freshNet, type Pair, scoreOf, trainNet } from "../../src/optimiser/preference/net.js";
import { open, run } from "./helpers.js";

const scale = {
  names: ["quality", "bleaching"],
  from: Float64Array.of(1, 0),
  to: Float64Array.of(0.2, 0.8),
};
/** An operator who wants quality and hates bleaching beyond 0.3, and errs now and then. */
const liking = (o: Readonly<Record<string, number>>): number =>
  (o.quality as number) - 0.4 * (o.bleaching as number) - 3 * Math.max(0, (o.bleaching as number) - 0.3);
function clicks(count: number, seed: number, slip = 0.03): Click[] {
  const stream = RandomStream.of(seed, "clicks");
  return Array.from({ length: count }, () => {
    const options = Array.from({ length: 20 }, () => {
      const bleaching = 0.8 * stream.uniform();
      return { quality: 0.2 + 0.75 * Math.sqrt(bleaching / 0.8) + 0.05 * stream.normal(), bleaching };
    });
    const worth = options.map((o) => liking(o) + slip * stream.normal());
    return { options, chosen: worth.indexOf(Math.max(...worth)) };
  });
}

describe("learned preference", () => {
  it("trains a network whose differences are log odds: a sure order is learned, a coin stays a coin", () => {
    const stream = RandomStream.of(1, "net");
    const better = Float64Array.of(0.1, 0.1);
    const worse = Float64Array.of(0.9, 0.8);
    const a = Float64Array.of(0.2, 0.7);
    const b = Float64Array.of(0.7, 0.2);
    const pairs: Pair[] = [];
    for (let i = 0; i < 100; i++) pairs.push([better, worse], i % 2 === 0 ? [a, b] : [b, a]);
    const net = freshNet(2, stream);
    trainNet(net, pairs, stream);
    const p = (x: Float64Array, y: Float64Array): number =>
      1 / (1 + Math.exp(scoreOf(net, y) - scoreOf(net, x)));
    expect(p(better, worse)).toBeGreaterThan(0.95);
    expect(Math.abs(p(a, b) - 0.5)).toBeLessThan(0.15);
  });

  it("foretells clicks that it was not shown, and says how well", () => {
    const learned = LearnedPreference.learn(scale, clicks(16, 1), 1) as LearnedPreference;
    const { calibration } = learned;
    expect(calibration).toMatchObject({ clicks: 16, ready: true });
    expect(calibration.accuracy).toBeGreaterThan(0.8);
    expect(calibration.brier).toBeLessThan(0.2);
    expect(calibration.bins.at(-1)).toMatchObject({ from: 0.9, to: 1 });
    const loss = clicks(20, 9, 0).map(({ options }) => {
      const cost = options.map((o) => learned.cost([o.quality, o.bleaching] as number[]));
      const taken = options[cost.indexOf(Math.min(...cost))] as Record<string, number>;
      return Math.max(...options.map(liking)) - liking(taken);
    });
    expect(loss.reduce((x, y) => x + y, 0) / loss.length).toBeLessThan(0.06);
    expect(LearnedPreference.learn(scale, clicks(16, 1), 1)?.calibration).toEqual(calibration);
  });

  it("random clicks teach nothing, and are not allowed to decide", () => {
    const stream = RandomStream.of(3, "random");
    const random = clicks(16, 2).map((c) => ({ ...c, chosen: stream.int(c.options.length) }));
    expect(LearnedPreference.learn(scale, random, 1)?.calibration.ready).toBe(false);
    expect(LearnedPreference.learn(scale, [], 1)).toBeNull();
  });
});

describe("an optimiser that learns from clicks", () => {
  it("asks a person until clicks foretell each other, then decides; state goes on bit for bit", async () => {
    const optimiser = await open({ learnFromClicks: true });
    run(optimiser, 8);
    const first = optimiser.ask();
    expect(first.why).toMatchObject({
      kind: "unsure",
      text: expect.stringMatching(/you decide, after 0 of 8 clicks/),
    });
    optimiser.forget();
    for (const click of clicks(12, 4)) {
      const options = click.options.map((o) => ({ ...o, pixelTimeUs: 40 }));
      optimiser.prefer({ options, chosen: click.chosen });
    }
    expect(optimiser.preference()?.ready).toBe(true);
    const twin = await open({ learnFromClicks: true });
    twin.load(JSON.parse(JSON.stringify(optimiser.save())));
    const mine = optimiser.ask();
    expect(twin.ask()).toEqual(mine);
    expect(mine.why.text).toMatch(/clicks asked for|you decide|explores|gain most/);
    expect(() => optimiser.prefer({ options: [{ quality: 1 }, { quality: 0 }], chosen: 0 })).toThrowError(
      expect.objectContaining({ code: "BAD_PARAMS", where: "options[0].bleaching" }),
    );
    expect(() => optimiser.prefer({ options: [{}, {}], chosen: 5 })).toThrowError(
      expect.objectContaining({ where: "chosen" }),
    );
  });
});
