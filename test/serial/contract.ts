import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SerialLightOptions } from "../../drivers/serial/light/options.js";
import { serialDevices } from "../../drivers/serial/registry.js";
import { approved, driver, event, type Opened } from "./helpers.js";
import { SimProcess } from "./sim-process.js";

/** Power that every kind's simulator can give, and the next one, mW; a shutter has none. */
const powers: Record<string, readonly [number, number] | null> = {
  "mpb-vfl": [500, 700],
  katana: [500, 700],
  sc10: null,
};
/** Kinds that tell no serial number of their own: another unit of the same model cannot be told apart. */
const nameless = ["katana", "sc10"];

/**
 * What every LightSource promises, tried on a driver and the simulator of its kind, in processes of their own.
 * @param long the failures that take seconds each too
 */
export function lightContract(kind: string, long: boolean): void {
  describe(`LightSource contract: ${kind} against its simulator`, () => {
    const [power, other] = powers[kind] === undefined ? [20, 30] : (powers[kind] ?? [undefined, undefined]);
    const lit = power === undefined ? { on: true as const } : { powerMw: power, on: true as const };
    let sim: SimProcess;
    let ends: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      sim = await SimProcess.start(kind);
    });
    afterAll(() => sim.stop());
    afterEach(async () => {
      for (const end of ends.reverse()) await end();
      ends = [];
      await sim.clear();
    });

    async function make(options: Partial<SerialLightOptions> = {}): Promise<Opened> {
      const load = serialDevices[kind];
      if (load === undefined) throw new Error(kind);
      const opened = driver(await load(), sim.path, options);
      ends.push(() => opened.light.release());
      return opened;
    }
    async function laser(options: Partial<SerialLightOptions> = {}): Promise<Opened> {
      const opened = await make(options);
      await opened.light.open();
      return opened;
    }
    const emits = async (): Promise<unknown> => (await sim.truth()).emission;

    it("opens dark, identifies, tells limits, switches nothing on", async () => {
      const { light } = await make();
      const identity = await light.open();
      expect(identity.vendor).not.toBe("");
      expect(identity.model).not.toBe("");
      expect(identity.serialNumber === "").toBe(nameless.includes(kind) || kind === "aa-mpds");
      expect(await light.status()).toMatchObject({ on: false, faults: [] });
      expect(await emits()).toBe(false);
      const { minMw, maxMw } = light.limits();
      expect(maxMw).toBeGreaterThanOrEqual(minMw);
    });

    it("power, light and darkness are what the device does, not what it says", async () => {
      const { light } = await laser();
      const status = await light.apply(approved(lit));
      expect(status.on).toBe(true);
      expect(await emits()).toBe(true);
      if (power !== undefined && other !== undefined) {
        expect(Math.abs((status.setPointMw ?? 0) - power)).toBeLessThan(power * 0.02);
        await light.apply(approved({ powerMw: other }));
        const { powerMw } = await sim.truth();
        expect(Math.abs(Number(powerMw) - other)).toBeLessThan(other * 0.02);
      }
      expect((await light.off("test")).on).toBe(false);
      expect(await emits()).toBe(false);
      expect((await light.off("again")).on).toBe(false);
    });

    it.runIf(power !== undefined)("refuses what is outside the device's limits", async () => {
      const { light } = await laser();
      const { maxMw } = light.limits();
      await expect(light.apply(approved({ powerMw: maxMw * 1.1 }, 1e6))).rejects.toMatchObject({
        code: "OUT_OF_RANGE",
      });
    });

    it.runIf(long)("answers in pieces, noise at open and an echo do not matter", async () => {
      await sim.fault("garbage-at-open");
      await sim.fault("chunked");
      if (kind !== "katana" && kind !== "aa-mpds") await sim.fault("echo");
      const { light } = await laser();
      expect((await light.apply(approved(lit))).on).toBe(true);
      expect((await light.off("test")).on).toBe(false);
      expect(await emits()).toBe(false);
    });

    it.runIf(long)("an answer that comes too late, or not, is not taken for another one", async () => {
      const { light } = await laser();
      await light.apply(approved(lit));
      for (const fault of ["reply-late", "reply-lost", "reply-cut", "command-lost"]) {
        await sim.fault(fault, { commands: 1 });
        const status = await light.status().catch((error) => error.code);
        if (typeof status === "object") {
          expect(status.on, fault).toBe(true);
          if (power !== undefined)
            expect(Math.abs((status.setPointMw ?? 0) - power), fault).toBeLessThan(power * 0.02);
        }
      }
      expect((await light.off("test")).on).toBe(false);
      expect(await emits()).toBe(false);
    });

    it.runIf(long)("off is repeated until it is dark", async () => {
      const { light } = await laser();
      await sim.fault("off-ignored");
      await light.apply(approved(lit));
      expect((await light.off("test")).on).toBe(false);
      expect(await emits()).toBe(false);
    });

    it.runIf(long && power !== undefined)(
      "a power that is acknowledged and ignored is an error",
      async () => {
        const { light } = await laser();
        await sim.fault("set-ignored");
        await expect(light.apply(approved({ powerMw: other as number }))).rejects.toMatchObject({
          code: "READBACK",
        });
      },
    );

    it("close goes dark first", async () => {
      const { light } = await laser();
      await light.apply(approved(lit));
      await light.close();
      expect(await emits()).toBe(false);
    });

    it("unplugged while on: lost; plugged in: identified, dark, found", async () => {
      const { light } = await laser();
      await light.apply(approved(lit));
      const lost = event(light, "lost");
      await sim.fault("unplug");
      expect(await lost).toMatchObject({ reason: expect.stringContaining(sim.path) });
      await expect(light.apply(approved(lit))).rejects.toMatchObject({ code: "LOST" });
      const found = event(light, "found");
      await sim.clear("unplug");
      await found;
      expect(await emits()).toBe(false);
    });

    it.runIf(long)("a hanging device is lost within seconds, and dark before it is found again", async () => {
      const { light } = await laser({ heartbeatMs: 200 });
      await light.apply(approved(lit));
      const lost = event(light, "lost");
      await sim.fault("frozen");
      await lost;
      const found = event(light, "found");
      await sim.clear("frozen");
      await found;
      expect(await emits()).toBe(false);
    });

    it.runIf(long && !nameless.includes(kind))("another unit on the port is left alone", async () => {
      const { light } = await laser();
      const lost = event(light, "lost");
      await sim.fault("unplug");
      await lost;
      await sim.fault("other-unit");
      await sim.clear("unplug");
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await expect(light.status()).rejects.toMatchObject({ code: "LOST" });
    });

    it.runIf(long)("a wrong baud rate is one clear line", async () => {
      await sim.fault("wrong-baud");
      const { light } = await make();
      const error = await light.open().catch((thrown) => thrown);
      expect(["GARBLED", "NO_ANSWER", "WRONG_DEVICE"]).toContain(error.code);
      expect(error.line).toContain(sim.path);
      expect(error.line).not.toContain("\n");
    });

    it.runIf(long)("a power cycle to defaults ends in the dark and in talking terms", async () => {
      const { light } = await laser({ heartbeatMs: 200 });
      await light.apply(approved(lit));
      await sim.fault("power-cycle", { for: 1 });
      await expect
        .poll(
          () =>
            light.status().then(
              (s) => s.on,
              () => "lost",
            ),
          { timeout: 20_000, interval: 200 },
        )
        .toBe(false);
      expect(await emits()).toBe(false);
      await sim.clear();
      expect((await light.off("test")).on).toBe(false);
    });
  });
}
