import { describe, expect, it } from "vitest";
import { serialDevices } from "../../drivers/serial/registry.js";
import { foreignDevices } from "./foreign-devices.js";
import { approved, driver } from "./helpers.js";
import { PtyDevice } from "./pty-device.js";

/** Answers in pieces, as a USB adapter brings them. */
function inPieces(device: PtyDevice, answer: string): undefined {
  const cut = Math.ceil(answer.length / 3);
  device.write(answer.slice(0, cut));
  device.later(3, answer.slice(cut, 2 * cut));
  device.later(6, answer.slice(2 * cut));
  return undefined;
}

describe.skipIf(process.platform === "win32")("a driver and somebody else's device", () => {
  it.each(foreignDevices.map((make) => [`${make().kind}: ${make().name}`, make] as const))(
    "%s",
    async (_, make) => {
      const foreign = make();
      const pty = new PtyDevice((command, device) => {
        const answer = foreign.answer(command);
        return answer === undefined ? undefined : inPieces(device, answer);
      });
      const load = serialDevices[foreign.kind];
      if (load === undefined) throw new Error(foreign.kind);
      const settings = foreign.channel === undefined ? {} : { channel: foreign.channel };
      const { light, wire } = driver(await load(), pty.path, {}, settings);
      const trace = (): string =>
        wire
          .slice(-12)
          .map((line) => JSON.stringify(line))
          .join("\n");
      try {
        await light.open();
        expect(await light.status(), trace()).toMatchObject({ on: false, faults: [] });
        expect(foreign.emits()).toBe(false);
        const { maxMw } = light.limits();
        const powerMw = foreign.askMw ?? 20;
        const lit = await light.apply(approved(maxMw === 0 ? { on: true } : { powerMw, on: true }));
        expect(lit, trace()).toMatchObject({ on: true, faults: [] });
        expect(foreign.emits()).toBe(true);
        if (maxMw > 0) {
          expect(Math.abs(foreign.setMw() - powerMw)).toBeLessThan(0.02 * powerMw);
          expect(Math.abs((lit.setPointMw ?? 0) - powerMw), trace()).toBeLessThan(0.03 * powerMw);
        }
        expect((await light.off("test")).on, trace()).toBe(false);
        expect(foreign.emits()).toBe(false);
      } finally {
        await light.release();
        pty.unplug();
      }
    },
    60_000,
  );
});
