import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aaMpds } from "../../drivers/serial/aa-mpds/device.js";
import { PortPool } from "../../drivers/serial/index.js";
import { skyra } from "../../drivers/serial/skyra/device.js";
import { approveLight } from "../../src/safety/index.js";
import { driver, event, type Opened } from "./helpers.js";
import { SimProcess } from "./sim-process.js";

const limits = { one: { maxMw: 100 }, two: { maxMw: 100 } };
const lit = (source: "one" | "two", powerMw: number): ReturnType<typeof approveLight> =>
  approveLight({ source, powerMw, on: true }, limits);

describe.skipIf(process.platform === "win32")("channels of one box share its port", () => {
  let sim: SimProcess;
  let opened: Opened[] = [];
  beforeAll(async () => {
    sim = await SimProcess.start("aa-mpds");
  });
  afterAll(() => sim.stop());
  afterEach(async () => {
    for (const { light } of opened.splice(0)) await light.release();
    await sim.clear();
  });
  const channels = async (): Promise<readonly boolean[]> => {
    const { registers } = (await sim.truth()) as unknown as { registers: Record<string, boolean> };
    return [registers.l1 === true, registers.l2 === true];
  };
  const both = (): [Opened, Opened] => {
    const ports = new PortPool();
    const one = driver(aaMpds, sim.path, { name: "one", ports }, { channel: 1 });
    const two = driver(aaMpds, sim.path, { name: "two", ports }, { channel: 2 });
    opened = [one, two];
    return [one, two];
  };

  it("each is switched, read and told off by itself, also at the same time", async () => {
    const [one, two] = both();
    const [a, b] = await Promise.all([one.light.open(), two.light.open()]);
    expect([a.model, b.model].map((m) => m.slice(-9))).toEqual(["channel 1", "channel 2"]);
    await Promise.all([one.light.apply(lit("one", 10)), two.light.apply(lit("two", 40))]);
    expect(await channels()).toEqual([true, true]);
    const [s1, s2] = await Promise.all([one.light.status(), two.light.status()]);
    expect(s1.setPointMw).toBeCloseTo(10, 0);
    expect(Math.abs((s2.setPointMw ?? 0) - 40)).toBeLessThan(1);
    // Off of the one interrupts nothing that is being done with the other.
    const [, status] = await Promise.all([one.light.off("test"), two.light.apply(lit("two", 20))]);
    expect(Math.abs((status.setPointMw ?? 0) - 20)).toBeLessThan(0.5);
    expect(await channels()).toEqual([false, true]);
    await one.light.close();
    // The port stays open for the one that is left.
    expect((await two.light.status()).on).toBe(true);
    await two.light.close();
    expect(await channels()).toEqual([false, false]);
  });

  it("both are lost with the plug, and both are dark before either is found again", async () => {
    const [one, two] = both();
    await one.light.open();
    await two.light.open();
    await one.light.apply(lit("one", 10));
    await two.light.apply(lit("two", 10));
    const lost = [event(one.light, "lost"), event(two.light, "lost")];
    await sim.fault("unplug");
    await Promise.all(lost);
    const found = [event(one.light, "found"), event(two.light, "found")];
    await sim.clear("unplug");
    await Promise.race(found);
    expect(await channels()).toEqual([false, false]);
    await Promise.all(found);
    expect((await two.light.status()).on).toBe(false);
  });

  it("a port that is let go by all of them is free for the next", async () => {
    const [one, two] = both();
    await Promise.all([one.light.open(), two.light.open()]);
    await Promise.all([one.light.release(), two.light.release()]);
    const [again] = both();
    expect((await again.light.open()).vendor).toBe("AA Opto-Electronic");
  });

  it("lines of a Skyra too", async () => {
    const box = await SimProcess.start("skyra");
    try {
      const ports = new PortPool();
      const lines = [1, 3].map((channel) => driver(skyra, box.path, { ports }, { channel }));
      opened = lines;
      const who = await Promise.all(lines.map(({ light }) => light.open()));
      expect(who.map((w) => w.model.slice(-6))).toEqual(["line 1", "line 3"]);
    } finally {
      for (const { light } of opened.splice(0)) await light.release();
      await box.stop();
    }
  });
});
