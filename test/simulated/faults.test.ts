import { describe, expect, it } from "vitest";
import type { ExposeContext } from "../../drivers/contract.js";
import {
  createSimulatedBackend,
  FaultPlan,
  type FaultRecord,
  faultNames,
  parseFaultScript,
  type RigFaultName,
  rigFaults,
  type SimulatedOptions,
} from "../../drivers/simulated/index.js";
import { systemClock, VirtualClock } from "../../src/core/index.js";

const settings = { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
const sted = { kind: "sted", settings } as const;
const context = (more: Partial<ExposeContext> = {}): ExposeContext => ({
  widthPx: 96,
  heightPx: 96,
  signal: new AbortController().signal,
  ...more,
});
const make = (text: string, more: Partial<SimulatedOptions> = {}) =>
  createSimulatedBackend({
    structure: "actin",
    seed: 2,
    timeScale: 0,
    clock: systemClock,
    faults: parseFaultScript(text, "f.yaml", faultNames),
    ...more,
  });
const first = (fault: string) => `- {at: {frame: 1}, fault: ${fault}}`;
const shoot = async (text: string, more: Partial<SimulatedOptions> = {}) => {
  const rig = make(text, more);
  await rig.region({ move: "next" });
  return { rig, frame: await rig.expose(sted, context()) };
};
const sum = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0);
/** Background and dark counts alone: 16867 /s, a gate open 32 % of 10 µs, 1 % afterpulses. */
const isDark = (pixels: ArrayLike<number>): boolean => {
  const mean = pixels.length * 16867 * 0.32 * 1e-5 * 1.01;
  return Math.abs(sum(pixels) - mean) < 5 * Math.sqrt(mean);
};

describe("fault scripts", () => {
  const broken: [string, string, string][] = [
    [
      "a typo",
      "- {at: {s: 1}, fault: beat-lost}\n- {rate: 0.1, fault: frame-dorp}",
      "f.yaml:2: unknown fault 'frame-dorp' (did you mean 'frame-drop'?)",
    ],
    [
      "an unknown key",
      "- at: {s: 1}\n  fault: drift\n  fro: 3",
      "f.yaml:3: unknown key 'fro' (did you mean 'for'? an entry takes fault, at, rate, for)",
    ],
    [
      "a typo inside at",
      "- rate: 0.1\n  fault: drift\n- fault: drift\n  at:\n    fram: 3",
      "f.yaml:5: unknown key 'at.fram' (did you mean 'frame'? at takes one of {s: ",
    ],
    ["a mistyped key", "- at: {s: 1}\n  faul: drift", "f.yaml:2: unknown key 'faul' (did you mean 'fault'?"],
    [
      "two times",
      "- {fault: drift, at: {s: 1, frame: 2}}",
      'f.yaml:1: at: {"s":1,"frame":2} will not do (at takes one of {s: a number of seconds',
    ],
    ["a time that is none", "- {fault: drift, at: 3}", "f.yaml:1: at: 3 will not do (at takes one of"],
    ["no time at all", "- at:\n  fault: drift", "f.yaml:1: at: null will not do (at takes one of"],
    [
      "a word for a number",
      "- fault: drift\n  at:\n    frame: three",
      "f.yaml:3: at.frame: 'three' will not do (at.frame is the number of a frame, 1 or more)",
    ],
    ["half a frame", "- {fault: drift, at: {frame: 2.5}}", "f.yaml:1: at.frame: 2.5 will not do"],
    [
      "a duration with a unit",
      "- at: {s: 1}\n  fault: drift\n  for: 5s",
      "f.yaml:3: for: '5s' will not do (for is a number of seconds above 0)",
    ],
    ["no name", "- at: {s: 1}", "f.yaml:1: no 'fault' (fault is one of frame-drop, "],
    ["a bare name", "- drift", "f.yaml:1: 'drift' is no entry (an entry looks like - {at: {frame: 3}"],
    ["a rate above 1", "- {at: {s: 1}, fault: drift}\n\n- fault: drift\n  rate: 3", "f.yaml:4: rate"],
    ["no time", "- fault: drift", "f.yaml:1: give either 'at' or 'rate'"],
    ["both", "- {fault: drift, rate: 0.1, at: {s: 3}}", "give either"],
    ["no list", "fault: drift", "f.yaml:1: not a list"],
    ["no YAML", "- {fault: drift", "f.yaml:"],
  ];
  for (const [name, text, message] of broken) {
    it(`names the line of ${name}`, () => {
      let line = "";
      try {
        parseFaultScript(text, "f.yaml", faultNames);
      } catch (error) {
        line = (error as { line: string }).line;
      }
      expect(line).toContain(message);
    });
  }
  it("takes what is right", () => {
    expect(parseFaultScript("", "f", faultNames)).toEqual([]);
    expect(parseFaultScript("- {at: {command: 4}, fault: rig-frozen, for: 2}", "f", faultNames)).toEqual([
      { at: { command: 4 }, fault: "rig-frozen", for: 2 },
    ]);
  });
});

describe("when faults strike", () => {
  it("§7.13 every fault at its rate within 4 sd over 1e5 trials, each with a log entry", () => {
    const rate = 0.01;
    const trials = 100_000;
    for (const fault of faultNames) {
      let told = 0;
      const plan = new FaultPlan({
        entries: [{ fault, rate }],
        seed: 1,
        elapsedS: () => 0,
        onFault: () => told++,
      });
      let hits = 0;
      for (let i = 0; i < trials; i++) {
        plan.begin(rigFaults[fault].per);
        if (plan.strikes(fault)) hits++;
      }
      expect(Math.abs(hits - trials * rate), fault).toBeLessThan(4 * Math.sqrt(trials * rate * (1 - rate)));
      expect(told).toBe(hits);
      expect(plan.log.at(-1)?.fault).toBe(fault);
    }
  });

  it("at a second, for a while", async () => {
    const clock = new VirtualClock();
    const plan = new FaultPlan({
      entries: [{ fault: "drift", at: { s: 2 }, for: 3 }],
      seed: 1,
      elapsedS: () => clock.now() / 1000,
    });
    const seen: boolean[] = [];
    for (let i = 0; i < 8; i++) {
      plan.begin("frame");
      seen.push(plan.strikes("drift"));
      await clock.advance(1000);
    }
    expect(seen).toEqual([false, false, true, true, true, false, false, false]);
  });

  it("at a frame, once", () => {
    const plan = new FaultPlan({
      entries: [{ fault: "drift", at: { frame: 2 } }],
      seed: 1,
      elapsedS: () => 0,
    });
    const seen = [1, 2, 3, 4].map(() => {
      plan.begin("frame");
      return plan.strikes("drift");
    });
    expect(seen).toEqual([false, true, false, false]);
    expect(plan.log).toEqual([{ fault: "drift", atS: 0, number: 2 }]);
  });
});

describe("what faults do to frames", () => {
  const clean = shoot("");

  it("§7.13 a fault of the wire leaves the pixels unchanged", async () => {
    const wire = faultNames.filter((n) => rigFaults[n].per === "message");
    const text = wire.map((n) => `- {rate: 0.9, fault: ${n}}`).join("\n");
    expect((await shoot(text)).frame.pixels).toEqual((await clean).frame.pixels);
  });

  it("frame-drop and detector-overload end the step, the next one works", async () => {
    for (const [fault, code] of [
      ["frame-drop", "DEVICE_LOST"],
      ["detector-overload", "SATURATED"],
    ] as const) {
      const log: FaultRecord[] = [];
      const rig = make(first(fault), { onFault: (r) => log.push(r) });
      await rig.region({ move: "next" });
      await expect(rig.expose(sted, context())).rejects.toMatchObject({ code, retryable: true });
      expect((await rig.expose(sted, context())).shape).toEqual([96, 96]);
      expect(log.map((r) => [r.fault, r.number])).toEqual([[fault, 1]]);
    }
  });

  it("frame-duplicate gives the frame before", async () => {
    const rig = make("- {at: {frame: 2}, fault: frame-duplicate}");
    await rig.region({ move: "next" });
    const one = await rig.expose(sted, context());
    const two = await rig.expose(sted, context());
    const three = await rig.expose(sted, context());
    expect(two.pixels).toEqual(one.pixels);
    expect(three.pixels).not.toEqual(one.pixels);
  });

  it("frame-nan, -size, -blank, -truncated, -transposed, -pixel-size, nan-read-back", async () => {
    const whole = (await clean).frame;
    const nan = (await shoot(first("frame-nan"))).frame.pixels;
    expect(Array.from(nan).filter(Number.isNaN)).toHaveLength(1);
    const small = (await shoot(first("frame-size"))).frame;
    expect([small.shape, small.pixels.length]).toEqual([[94, 94], 94 * 94]);
    expect(small.pixels[94]).toBe(whole.pixels[96]);
    expect(sum((await shoot(first("frame-blank"))).frame.pixels)).toBe(0);
    const cut = (await shoot(first("frame-truncated"))).frame.pixels;
    expect(sum(cut.slice(-96))).toBe(0);
    expect(cut.slice(0, 96)).toEqual(whole.pixels.slice(0, 96));
    const turned = (await shoot(first("frame-transposed"))).frame.pixels;
    expect(turned[5 * 96 + 7]).toBe(whole.pixels[7 * 96 + 5]);
    expect((await shoot(first("frame-pixel-size"))).frame.pixelSizeNm).toBe(40);
    expect((await shoot(first("nan-read-back"))).frame.actual.excitationPowerUw).toBeNaN();
  });

  it("interlock: a dark frame that succeeds, then the fault", async () => {
    const rig = make(first("interlock"));
    await rig.region({ move: "next" });
    const events: string[] = [];
    rig.subscribe?.((e) => events.push(e.type === "fault" ? e.fault.code : e.type));
    const frame = await rig.expose(sted, context());
    expect(isDark(frame.pixels)).toBe(true);
    expect(events).toEqual(["INTERLOCK"]);
    expect(rig.faults().map((f) => f.code)).toEqual(["INTERLOCK"]);
  });

  it("laser-stuck-on: the first command to switch off fails, and the rig says so; the second works", async () => {
    const rig = make(first("laser-stuck-on"));
    await rig.region({ move: "next" });
    const stop = new AbortController();
    const run = rig.expose(sted, context({ signal: stop.signal, onLine: () => stop.abort() }));
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    const on = () =>
      rig
        .light()
        .filter((l) => l.on)
        .map((l) => l.name);
    expect(on()).toEqual([]);
    const stuck = make(first("laser-stuck-on"));
    await stuck.region({ move: "next" });
    const seen: string[][] = [];
    stuck.subscribe?.((e) => {
      if (e.type === "light")
        seen.push(
          stuck
            .light()
            .filter((l) => l.on)
            .map((l) => l.name),
        );
    });
    await stuck.expose(sted, context());
    expect(seen).toEqual([["excitation-635", "depletion-750"], ["depletion-750"], []]);
  });

  it("scan-stall ends only when it is aborted", async () => {
    const rig = make(first("scan-stall"));
    await rig.region({ move: "next" });
    const stop = new AbortController();
    let settled = false;
    const lines: number[] = [];
    const run = rig
      .expose(sted, context({ signal: stop.signal, onLine: (l) => lines.push(l) }))
      .catch((e: { code: string }) => e.code)
      .finally(() => {
        settled = true;
      });
    for (let i = 0; i < 200; i++) await new Promise((r) => setImmediate(r));
    expect(settled).toBe(false);
    expect(lines.at(-1)).toBeLessThan(96);
    stop.abort();
    expect(await run).toBe("ABORTED");
  });

  const optical: [RigFaultName, (bad: number, good: number) => boolean][] = [
    ["laser-drift", (bad, good) => bad > 1.1 * good],
    ["misalignment", (bad, good) => bad < 0.9 * good],
    ["light-leak", (bad, good) => bad > 1.2 * good],
    ["photoswitching", (bad, good) => Math.abs(bad / good - 0.8) < 0.05],
    ["vibration", (bad, good) => Math.abs(bad / good - 1) < 0.1],
    ["laser-noise", (bad, good) => Math.abs(bad / good - 1) < 0.1],
    ["drift", (bad, good) => Math.abs(bad / good - 1) < 0.1],
  ];
  for (const [fault, holds] of optical) {
    it(`${fault} changes the image as it should`, async () => {
      const { frame } = await shoot(first(fault));
      const good = (await clean).frame.pixels;
      expect(frame.pixels).not.toEqual(good);
      expect(holds(sum(frame.pixels), sum(good)), `${sum(frame.pixels)} ${sum(good)}`).toBe(true);
    });
  }

  it("moves: blank-field, focus-loss, stage-error, stage-refuse", async () => {
    const at = async (fault: string) => {
      const rig = make(`- {at: {s: 0}, fault: ${fault}}`);
      await rig.region({ move: "next" });
      return (await rig.expose(sted, context())).pixels;
    };
    const good = (await clean).frame.pixels;
    expect(isDark(await at("blank-field"))).toBe(true);
    expect(isDark(good)).toBe(false);
    const peak = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => Math.max(a, b), 0);
    expect(peak(await at("focus-loss"))).toBeLessThan(0.8 * peak(good));
    expect(await at("stage-error")).not.toEqual(good);
    const rig = make("- {at: {s: 0}, fault: stage-refuse}");
    await expect(rig.region({ move: "next" })).rejects.toMatchObject({ code: "DEVICE_LOST" });
    expect((await rig.region({ move: "next" })).id).toBe("r0");
  });
});
