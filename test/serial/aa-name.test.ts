import { afterEach, describe, expect, it } from "vitest";
import { aaMpds } from "../../drivers/serial/aa-mpds/device.js";
import type { SerialLight } from "../../drivers/serial/light/serial-light.js";
import { driver } from "./helpers.js";
import { PtyDevice } from "./pty-device.js";

const table =
  "\n\rl1 F=80.000 P=10.000 OFF INTERNAL\n\rl2 F=90.000 P=0.000 OFF INTERNAL\n\rBlanking ON INTERNAL\n\r?";
const name = "\n\rAA MPDS8C-B66-22 SN0042\n\r?";

describe.skipIf(process.platform === "win32")("the name of an AA box", () => {
  let box: PtyDevice | null = null;
  let light: SerialLight | null = null;
  afterEach(async () => {
    await light?.release();
    box?.unplug();
  });
  const modelOf = async (
    answer: (command: string, device: PtyDevice) => string | undefined,
  ): Promise<string> => {
    box = new PtyDevice(answer);
    light = driver(aaMpds, box.path).light;
    return (await light.open()).model;
  };

  it("is not a table that came too late", async () => {
    let tables = 0;
    const model = await modelOf((command, device) => {
      if (command === "q") return name;
      // The first answer comes after its time-out, when the next question has been asked already.
      if (command === "S" && tables++ === 0) device.later(1600, table);
      else if (command === "S") return table;
      return undefined;
    });
    expect(model).toBe("AA MPDS8C-B66-22 SN0042 channel 1");
  });

  it("is not what noise made of it", async () => {
    let names = 0;
    const model = await modelOf((command) => {
      if (command === "S") return table;
      if (command !== "q") return undefined;
      names++;
      if (names === 1) return `\xfa\x03\xe1${name}`;
      return names === 2 ? name.replace("SN0042", "SN0O42") : name;
    });
    expect(model).toBe("AA MPDS8C-B66-22 SN0042 channel 1");
  });

  it("may be missing: an older box answers with its prompt alone", async () => {
    const model = await modelOf((command) => (command === "S" ? table : "\n\r?"));
    expect(model).toBe("MPDS channel 1");
  });
});
