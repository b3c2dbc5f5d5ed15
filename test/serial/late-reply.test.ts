import { describe, expect, it } from "vitest";
import { serialDevices } from "../../drivers/serial/registry.js";
import { foreignDevices } from "./foreign-devices.js";
import { driver } from "./helpers.js";
import { PtyDevice } from "./pty-device.js";

/** What a client asked that was then killed with the port open; the port's next client hears the answer. */
const lastQuestion: Readonly<Record<string, string>> = { "mpb-vfl": "getpower", "cobolt-06": "pa?" };
const serialNumbers: Readonly<Record<string, string>> = { "mpb-vfl": "0012345", "cobolt-06": "4711" };

describe.skipIf(process.platform === "win32")("an answer meant for a client that was killed", () => {
  it.each(Object.keys(lastQuestion))(
    "%s: is not taken for the device's own name",
    async (kind) => {
      const foreign = foreignDevices.map((make) => make()).find((device) => device.kind === kind);
      const load = serialDevices[kind];
      if (foreign === undefined || load === undefined) throw new Error(kind);
      const late = foreign.answer(lastQuestion[kind] as string) as string;
      let first = true;
      const pty = new PtyDevice((command, device) => {
        const answer = foreign.answer(command);
        if (!first || answer === undefined) return answer;
        first = false;
        device.later(40, answer);
        return late;
      });
      const { light } = driver(await load(), pty.path);
      try {
        expect((await light.open()).serialNumber).toBe(serialNumbers[kind]);
        expect(await light.status()).toMatchObject({ on: false, faults: [] });
      } finally {
        await light.release();
        pty.unplug();
      }
    },
    20_000,
  );
});
