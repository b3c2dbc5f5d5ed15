import type { DeviceFactory, LightDevice } from "../light/device.js";
import { optional } from "../light/optional.js";
import { ask, dialect, maxMw, tell } from "./protocol.js";

const toMw = (watts: number | null): number | null => (watts === null ? null : Math.round(watts * 1e6) / 1e3);

/** Katana 08HP. Community-verified: no serial number, status or interlock can be read; an off key shows at `on`. */
export const katana: DeviceFactory = (settings): LightDevice => ({
  title: "Katana 08HP",
  light: "depletion",
  dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
  warmsInTheDark: false,
  warmWithinMs: 0,
  onWithinMs: 8000,
  darkWithinMs: 2500,
  toleranceMw: () => 2,

  async identify(line) {
    await line.ask(ask.setPointW);
    return { vendor: "OneFive", model: "Katana 08HP", serialNumber: "", firmware: "" };
  },
  limits: async () => ({ minMw: 0, maxMw }),

  async status(line) {
    const setPointMw = toMw(await line.ask(ask.setPointW));
    const powerMw = toMw(await optional(line.ask(ask.powerW)));
    const emission = await optional(line.ask(ask.on));
    return {
      // Where `le?` is not known the measured power has to tell: none is dark.
      on: emission !== null ? emission === 1 : powerMw === null ? null : powerMw > 1,
      powerMw,
      setPointMw,
      interlock: "unknown",
      key: "unknown",
      warm: null,
      faults: [],
    };
  },

  async setPower(line, powerMw) {
    await line.ask(tell.remote);
    await line.ask(tell.power(powerMw));
  },
  switchOn: (line) => line.ask(tell.on),
  switchOff: (line) => line.ask(tell.off),
});
