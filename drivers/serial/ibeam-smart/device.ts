import { ProtocolError } from "../../../src/core/index.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { lenient, optional } from "../light/optional.js";
import { refusal } from "../line/command.js";
import { ask, dialect, tell } from "./protocol.js";

/** Toptica iBeam smart. Neither key nor interlock can be read; a fault shows as an answer `%SYS-F…`. */
export const ibeamSmart: DeviceFactory = (settings): LightDevice => ({
  title: "Toptica iBeam smart",
  light: "excitation",
  dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
  warmsInTheDark: false,
  warmWithinMs: 0,
  onWithinMs: 3000,
  darkWithinMs: 2500,
  toleranceMw: (mW) => Math.max(0.01, mW / 500),

  async identify(line) {
    // Until it is told to talk as usual an answer may have no end.
    for (const command of [tell.echoOff, tell.promptOff, tell.talkUsual]) await lenient(line, command);
    const serialNumber = await line.ask(ask.serialNumber);
    const name = (await optional(line.ask(ask.name))) ?? "";
    const firmware = ((await optional(line.ask(ask.firmware))) ?? "").split("\n")[0] ?? "";
    await line.ask(ask.on);
    return {
      vendor: "Toptica",
      model: /ibeam/i.test(name) ? firstLine(name) : "iBeam smart",
      serialNumber,
      firmware,
    };
  },
  landmark: ({ serialNumber }) => ({
    ...ask.serialNumber,
    read: (reply) => ask.serialNumber.read(reply) === serialNumber,
  }),
  async limits(line) {
    const maxMw = await line.ask(ask.maxMw);
    if (!(maxMw > 0)) throw refusal("IMPLAUSIBLE", `it reports ${maxMw} mW as its greatest power`);
    return { minMw: 0, maxMw };
  },

  async status(line) {
    let fault: string | null = null;
    const on = await line.ask(ask.on).catch((thrown: unknown) => {
      if (!(thrown instanceof ProtocolError) || thrown.code !== "FAULT") throw thrown;
      fault = thrown.message;
      return null;
    });
    return {
      on,
      powerMw: await optional(line.ask(ask.powerMw)),
      setPointMw: await optional(line.ask(ask.setPointMw)),
      interlock: "unknown",
      key: "unknown",
      warm: true,
      faults: fault === null ? [] : [{ code: "FAULT", message: fault }],
    };
  },

  setPower: (line, powerMw) => line.ask(tell.power(powerMw)),
  async switchOn(line) {
    await line.ask(tell.enable);
    await line.ask(tell.on);
  },
  switchOff: (line) => line.ask(tell.off),
});

const firstLine = (text: string): string => text.split("\n")[0] ?? "";
