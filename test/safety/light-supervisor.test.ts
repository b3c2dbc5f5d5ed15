import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { silentLogger, VirtualClock } from "../../src/core/index.js";
import {
  type LightMachine,
  LightSupervisor,
  nextLight,
  shownOn,
  unknownLight,
} from "../../src/safety/index.js";
import { FakeLight } from "./fake-light.js";

type Input = Parameters<typeof nextLight>[1];
const inputs: readonly Input[] = [
  { type: "arm", approved: true },
  { type: "arm", approved: false },
  { type: "cold" },
  { type: "warm" },
  { type: "lightUp", approved: true },
  { type: "lightUp", approved: false },
  { type: "off", reason: "x" },
  { type: "readOn" },
  { type: "readDark" },
  { type: "readUnknown" },
  { type: "interlock", closed: true },
  { type: "interlock", closed: false },
  { type: "key", on: true },
  { type: "key", on: false },
  { type: "lease", valid: true, reason: "x" },
  { type: "lease", valid: false, reason: "x" },
  { type: "fault", reason: "x" },
  { type: "lost", reason: "x" },
  { type: "found" },
  { type: "reset" },
];
const isFault = (i: Input): boolean =>
  ["off", "fault", "lost", "readUnknown"].includes(i.type) ||
  (i.type === "interlock" && !i.closed) ||
  (i.type === "key" && !i.on) ||
  (i.type === "lease" && !i.valid);
/** Every state that can be reached, by trying every input in each. Reasons do not matter: a latch is a latch. */
function everyState(): LightMachine[] {
  const key = (s: LightMachine): string => JSON.stringify({ ...s, latch: s.latch !== null });
  const seen = new Map([[key(unknownLight), unknownLight]]);
  for (const state of seen.values()) {
    for (const input of inputs) {
      const next = nextLight(state, input).state;
      if (!seen.has(key(next))) seen.set(key(next), next);
    }
  }
  return [...seen.values()];
}

describe("the light's state machine, all of it", () => {
  const states = everyState();
  it("lights only from ready, with envelope, interlock, key and lease, and no latch", () => {
    const ways = states.flatMap((state) =>
      inputs.flatMap((input) =>
        nextLight(state, input).effects.some((e) => e.do === "switchOn") ? [{ state, input }] : [],
      ),
    );
    expect(ways.length).toBeGreaterThan(0);
    for (const { state, input } of ways) {
      expect(input).toEqual({ type: "lightUp", approved: true });
      expect(state).toMatchObject({
        stage: "ready",
        interlock: true,
        key: true,
        lease: true,
        latch: null,
        darkening: false,
      });
    }
  });

  it("answers every fault, from every state, by going dark or being known to be", () => {
    console.log(`${states.length} states × ${inputs.filter(isFault).length} faults`);
    for (const state of states) {
      for (const input of inputs.filter(isFault)) {
        const { state: next, effects } = nextLight(state, input);
        const ordered = next.darkening && effects.some((e) => e.do === "darken");
        const known =
          next.lit === false && !next.darkening && (next.stage === "dark" || next.stage === "fault");
        // In `lost` a light that was read dark is still not believed: it stays lost until found.
        const lost = next.stage === "lost" && (ordered || next.lit === false || next.darkening);
        // Light that was ordered and has not come on yet may say nothing: it is shown as on, and its driver bounds that.
        const awaited =
          input.type === "readUnknown" && state.stage === "on" && state.lit !== true && shownOn(next);
        expect(ordered || known || lost || awaited, JSON.stringify({ state, input, next })).toBe(true);
      }
    }
  });

  it("shows what is not known as on, calls dark only what was read dark, and needs a person after a fault", () => {
    for (const state of states) {
      if (state.lit === null) expect(shownOn(state)).toBe(true);
      for (const input of inputs) {
        const { state: next } = nextLight(state, input);
        if (shownOn(state) && !shownOn(next)) expect(input.type).toBe("readDark");
        if (state.latch !== null && next.latch === null) expect(input.type).toBe("reset");
        if (next.stage === "on" && state.stage !== "on") expect(input.type).toBe("lightUp");
      }
    }
  });

  it("refuses what the envelope did not let through", () => {
    for (const state of states) {
      for (const type of ["arm", "lightUp"] as const) {
        expect(nextLight(state, { type, approved: false })).toEqual({
          state,
          effects: [{ do: "refuse", code: "OUTSIDE_ENVELOPE" }],
        });
      }
    }
  });
});

const leaseMs = 3000;
class Bench {
  readonly clock = new VirtualClock();
  readonly device = new FakeLight("laser", this.clock);
  readonly supervisor = new LightSupervisor(this.device, {
    limits: { laser: { maxMw: 100, maxRampMwPerS: 500 } },
    clock: this.clock,
    logger: silentLogger,
    onChange: () => undefined,
  });
  /** Light that nobody ordered and nobody has read yet. */
  stray = false;
  settled(act: () => Promise<unknown>): void {
    act().catch(() => undefined);
  }
}
interface Model {
  commands: number;
  faults: number;
}
class Do implements fc.AsyncCommand<Model, Bench> {
  constructor(
    readonly name: string,
    readonly fault: boolean,
    private readonly act: (b: Bench) => void | Promise<void>,
  ) {}
  check = (): boolean => true;
  toString = (): string => this.name;
  async run(model: Model, b: Bench): Promise<void> {
    model.commands++;
    await this.act(b);
    await b.clock.advance(0);
    const shown = (): string => JSON.stringify({ view: b.supervisor.view(), emitting: b.device.emitting });
    if (!b.stray && b.device.emitting) expect(b.supervisor.view().on, shown()).toBe(true);
    if (!this.fault) return;
    model.faults++;
    // Its heartbeat tells within a quarter of a second; the rest is the supervisor's time.
    await b.clock.advance(250);
    b.device.beat();
    await b.clock.advance(leaseMs - 250);
    b.stray = false;
    const view = b.supervisor.view();
    if (b.device.plugged && !b.device.mute) {
      expect([b.device.emitting, view.on, view.confirmed], shown()).toEqual([false, false, true]);
    } else expect(view.on, shown()).toBe(true);
  }
}
const command = (name: string, fault: boolean, act: (b: Bench) => void | Promise<void>) =>
  fc.constant(new Do(name, fault, act));
const anyCommand = fc.oneof(
  fc
    .integer({ min: -20, max: 140 })
    .map((p) => new Do(`arm ${p}`, false, (b) => b.settled(() => b.supervisor.arm(p)))),
  command("light", false, (b) => b.settled(() => b.supervisor.lightUp())),
  command("light", false, (b) => b.settled(() => b.supervisor.lightUp())),
  command("arm, wait, light", false, async (b) => {
    b.settled(() => b.supervisor.arm(50));
    await b.clock.advance(500);
    b.settled(() => b.supervisor.lightUp());
    await b.clock.advance(400);
  }),
  command("lease valid", false, (b) => b.supervisor.lease(true, "renewed")),
  command("reset", false, (b) => {
    try {
      b.supervisor.reset();
    } catch {
      // Refused: not dark yet, or the interlock is still open.
    }
  }),
  command("close interlock, key on, fault gone", false, (b) => {
    b.device.set({ interlock: "closed", key: "on", fault: null });
    b.device.mute = false;
    b.device.beat();
  }),
  fc.integer({ min: 1, max: 2000 }).map((ms) => new Do(`wait ${ms}`, false, (b) => b.clock.advance(ms))),
  fc.integer({ min: 1, max: 8 }).map(
    (n) =>
      new Do(`ignore ${n} offs`, false, (b) => {
        b.device.ignoresOff = n;
      }),
  ),
  command("plug", false, (b) => b.device.plug()),
  command("unplug and plug", true, async (b) => {
    b.device.unplug();
    await b.clock.advance(700);
    b.device.plug();
  }),
  command("off", true, (b) => b.settled(() => b.supervisor.off("asked"))),
  command("lease lapsed", true, (b) => b.supervisor.lease(false, "lapsed")),
  command("interlock", true, (b) => b.device.set({ interlock: "open" })),
  command("key", true, (b) => b.device.set({ key: "off" })),
  command("device fault", true, (b) => b.device.set({ fault: "too hot" })),
  command("unplug", true, (b) => b.device.unplug()),
  command("says nothing", true, (b) => {
    b.device.mute = true;
  }),
  command("lit by hand at the device", true, (b) => {
    if (b.device.interlock === "closed" && b.device.key === "on" && b.supervisor.view().stage !== "on") {
      b.device.emitting = true;
      b.stray = true;
    } else b.device.set({ interlock: "open" });
  }),
);

describe("a supervised light, by random orders and faults", () => {
  it("is confirmed dark within the lease after each fault, and never shown dark while it shines", {
    timeout: 120_000,
  }, async () => {
    const total = { commands: 0, faults: 0 };
    await fc.assert(
      fc.asyncProperty(fc.commands([anyCommand], { maxCommands: 60, size: "max" }), async (commands) => {
        const bench = new Bench();
        bench.settled(() => bench.supervisor.found());
        await bench.clock.advance(200);
        await fc.asyncModelRun(() => ({ model: total, real: bench }), commands);
        bench.device.closed = true;
        bench.supervisor.close();
        await bench.clock.advance(5000);
      }),
      { numRuns: 500, seed: 8 },
    );
    console.log(`${total.commands} commands, ${total.faults} faults`);
    expect(total.faults).toBeGreaterThan(5000);
  });

  it("starts by darkening what it finds, arms by its ramp, and lights once", async () => {
    const { clock, device, supervisor } = new Bench();
    device.emitting = true;
    expect(supervisor.view()).toMatchObject({ stage: "lost", on: true, confirmed: false });
    void supervisor.found();
    await clock.advance(100);
    expect([device.emitting, supervisor.view().stage]).toEqual([false, "dark"]);
    supervisor.lease(true, "renewed");
    const armed = supervisor.arm(100);
    await clock.advance(1000);
    await armed;
    const powers = device.applied.flatMap((c) => c.powerMw ?? []);
    expect(powers.at(-1)).toBe(100);
    // 500 mW/s in steps of about 120 ms.
    powers.slice(1).forEach((p, i) => {
      expect(p - (powers[i] as number)).toBeLessThanOrEqual(61);
    });
    void supervisor.lightUp();
    await clock.advance(400);
    expect(supervisor.view()).toMatchObject({ stage: "on", on: true, confirmed: true, powerMw: 100 });
    await expect(supervisor.arm(101)).rejects.toMatchObject({ code: "OUTSIDE_ENVELOPE" });
    supervisor.close();
  });
  it("says nothing between order and light: it is waited for, shown as on; once on, silence darkens it", async () => {
    const { clock, device, supervisor } = new Bench();
    void supervisor.found();
    await clock.advance(100);
    supervisor.lease(true, "renewed");
    const armed = supervisor.arm(50);
    await clock.advance(1000);
    await armed;
    device.onMs = 3000;
    const light = supervisor.lightUp();
    await clock.advance(50);
    // Its heartbeat meanwhile: on the way, not there.
    device.mute = true;
    device.beat();
    expect(supervisor.view()).toMatchObject({ stage: "on", on: true, confirmed: false });
    await clock.advance(1000);
    device.mute = false;
    await clock.advance(2500);
    await light;
    expect(device.emitting).toBe(true);
    device.mute = true;
    device.beat();
    await clock.advance(200);
    expect(device.emitting).toBe(false);
    supervisor.close();
  });

  it("is not waited for longer than usual while others shine: off, and a person looks; then it has its time again", async () => {
    const { clock, device, supervisor } = new Bench();
    void supervisor.found();
    await clock.advance(100);
    supervisor.lease(true, "renewed");
    const lit = async (onMs: number, forMs: number): Promise<string> => {
      device.onMs = onMs;
      const armed = supervisor.arm(50);
      await clock.advance(1000);
      await armed;
      const light = supervisor.lightUp(true).then(
        () => "lit",
        (error: { code: string }) => error.code,
      );
      await clock.advance(forMs);
      return await light;
    };
    const off = async (): Promise<void> => {
      void supervisor.off("the scan has ended");
      await clock.advance(200);
    };
    // The first time nothing is known of it.
    expect(await lit(4000, 4100)).toBe("lit");
    await off();
    expect(await lit(9000, 20_000)).toBe("OVERTAKEN");
    expect(supervisor.view()).toMatchObject({ stage: "fault", on: false, confirmed: true });
    expect(supervisor.view().latch).toMatch(/did not come on in its usual time \(4\.0 s\)/);
    expect(device.emitting).toBe(false);
    supervisor.reset();
    expect(await lit(9000, 9100)).toBe("lit");
    supervisor.close();
  });
});
