/** What holds for every simulated device, whatever its words. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { DeviceModel } from "../../drivers/serial/sim/device.js";
import { deviceModels, faultsOf } from "../../drivers/serial/sim/index.js";
import { bench } from "./transcript.js";

/** How each is asked for light: power, on, off. A third party's words, from the facts. */
const words: Readonly<Record<string, { readonly on: readonly string[]; readonly off: readonly string[] }>> = {
  "mpb-vfl": { on: ["setpower 0 200\r", "setldenable 1\r"], off: ["setldenable 0\r"] },
  "cobolt-06": { on: ["p 0.02\r", "@cob1\r"], off: ["l0\r"] },
  skyra: { on: ["1p 0.02\r", "@cob1\r"], off: ["l0\r"] },
  obis: { on: ["SOUR:POW:LEV:IMM:AMPL 0.02\r", "SOUR:AM:STAT ON\r"], off: ["SOUR:AM:STAT OFF\r"] },
  "aa-mpds": { on: ["L1D20\r", "L1O1\r"], off: ["L1O0\r"] },
  luxx: { on: ["?SLP400\r", "?LOn\r"], off: ["?LOf\r"] },
  "ibeam-smart": { on: ["ch 2 pow 20\r", "la on\r"], off: ["la off\r"] },
  sc10: { on: ["ens\r"], off: ["ens\r"] },
  oxxius: { on: ["p 20\n", "dl 1\n"], off: ["dl 0\n"] },
  katana: { on: ["lp=0.2\n", "le=1\n"], off: ["le=0\n"] },
};

describe.each(Object.keys(deviceModels))("%s", (kind) => {
  let model: DeviceModel;
  beforeAll(async () => {
    model = await (deviceModels[kind] as () => Promise<DeviceModel>)();
  });
  const vocabulary = words[kind] as (typeof words)[string];

  it("is dark at the start, lights when told and goes dark when told", () => {
    const on = bench(model);
    expect(on.truth()).toMatchObject({ emission: false });
    for (const command of vocabulary.on) expect(on.ask(command)).not.toBe("");
    expect(on.truth().emission).toBe(true);
    for (const command of vocabulary.off) expect(on.ask(command)).not.toBe("");
    expect(on.truth()).toMatchObject({
      emission: false,
      powerMw: model.title.includes("shutter") ? null : 0,
    });
  });

  it("keeps its state while nobody has the port open", () => {
    const on = bench(model);
    for (const command of vocabulary.on) on.ask(command);
    const before = on.truth();
    for (let i = 0; i < 50; i++) on.session.opened();
    expect(on.truth()).toEqual(before);
  });

  it("stuck-on: the light stays, off-ignored: the second command works", () => {
    const stuck = bench(model);
    for (const command of vocabulary.on) stuck.ask(command);
    stuck.board.raise("stuck-on");
    for (let i = 0; i < 3; i++) for (const command of vocabulary.off) stuck.ask(command);
    expect(stuck.truth().emission).toBe(true);
    const ignoring = bench(model);
    ignoring.board.raise("off-ignored");
    for (const command of vocabulary.on) ignoring.ask(command);
    for (const command of vocabulary.off) ignoring.ask(command);
    expect(ignoring.truth().emission).toBe(true);
    for (const command of vocabulary.off) ignoring.ask(command);
    expect(ignoring.truth().emission).toBe(false);
  });

  it("power-cycle and an open interlock or key end its light", () => {
    for (const fault of ["power-cycle", "interlock-open", "key-off", "over-temperature", "blanking-open"]) {
      if (!Object.hasOwn(faultsOf(model), fault)) continue;
      const on = bench(model);
      for (const command of vocabulary.on) on.ask(command);
      on.board.raise("stuck-on");
      on.board.raise(fault);
      expect(on.truth().emission, fault).toBe(false);
    }
  });

  it("other-unit changes what it says of itself, nothing else", () => {
    const on = bench(model);
    const identify = { luxx: "?GSN\r", "aa-mpds": "q\r", sc10: "" }[kind] ?? identityOf(kind);
    if (identify === "") return;
    const before = on.ask(identify);
    on.board.raise("other-unit");
    expect(on.ask(identify)).not.toBe(before);
    on.board.clear("other-unit");
    expect(on.ask(identify)).toBe(before);
  });

  it("random bytes, words and faults never break it, and it still answers afterwards", async () => {
    const faults = Object.keys(faultsOf(model)).filter((f) => f !== "unplug");
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes: Buffer.from(bytes) })),
      fc
        .constantFrom(
          ...vocabulary.on,
          ...vocabulary.off,
          "L1",
          "?",
          "=",
          "SYST:",
          "\r\n",
          "1e999\r",
          "NaN\r",
        )
        .map((text) => ({ bytes: Buffer.from(text, "latin1") })),
      fc.record({ raise: fc.constantFrom(...faults), forS: fc.option(fc.constantFrom(0.1, 3)) }),
      fc.record({ clear: fc.constantFrom(...faults) }),
      fc.record({ waitMs: fc.integer({ min: 0, max: 5000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const on = bench(model);
        for (const s of steps) {
          if ("bytes" in s) on.session.received(s.bytes);
          else if ("raise" in s) on.board.raise(s.raise, s.forS ?? undefined);
          else if ("clear" in s) on.board.clear(s.clear);
          else await on.clock.advance(s.waitMs);
          const truth = on.truth();
          expect(typeof truth.emission).toBe("boolean");
          if (truth.powerMw !== null) expect(truth.powerMw >= 0 && Number.isFinite(truth.powerMw)).toBe(true);
          if (truth.powerMw !== null) expect(truth.powerMw > 0).toBe(truth.emission);
        }
        on.board.clearAll();
        await on.clock.advance(10_000);
        on.session.received(Buffer.from("\r"));
        on.heard();
        expect(on.ask(vocabulary.off[0] as string)).not.toBe("");
      }),
      { numRuns: 150 },
    );
  });
});

function identityOf(kind: string): string {
  if (kind === "mpb-vfl") return "getsn\r";
  if (kind === "ibeam-smart") return "show serial\r";
  if (kind === "obis") return "SYST:INF:SNUM?\r";
  if (kind === "oxxius") return "hid?\r";
  return kind === "katana" ? "" : "sn?\r";
}

it("every kind is in the table above", () => {
  expect(Object.keys(words).sort()).toEqual(Object.keys(deviceModels).sort());
});
