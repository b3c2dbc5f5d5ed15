import type { DeviceFactory, LightDevice } from "../light/device.js";
import { optional } from "../light/optional.js";
import { refusal } from "../line/command.js";
import { ask, dialect, tell } from "./protocol.js";

/** Thorlabs SC10 shutter controller in manual mode. "On" is open. */
export const sc10: DeviceFactory = (settings): LightDevice => ({
  title: "Thorlabs SC10",
  light: "shutter",
  dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
  warmsInTheDark: false,
  warmWithinMs: 0,
  onWithinMs: 1000,
  darkWithinMs: 1500,
  toleranceMw: () => 0,

  async identify(line) {
    // The first exchange after power-on may fail, with an error of its own too: whoever identifies asks again.
    const name = await line.ask(ask.name);
    await line.ask(ask.enabled);
    const firmware = /version\s*([\w.]+)/i.exec(name)?.[1] ?? "";
    return { vendor: "Thorlabs", model: name.replace(/\s+/g, " "), serialNumber: "", firmware };
  },
  landmark: () => ({ ...ask.name, read: (reply) => ask.name.read(reply) !== "" }),
  limits: async () => ({ minMw: 0, maxMw: 0 }),

  async status(line) {
    const enabled = await line.ask(ask.enabled);
    const mode = await optional(line.ask(ask.mode));
    const automatic = mode !== null && mode !== 1;
    return {
      // In the other modes a timer or an input opens it.
      on: enabled === 0 ? false : automatic ? null : true,
      powerMw: null,
      setPointMw: null,
      interlock: "unknown",
      key: "unknown",
      warm: true,
      faults: automatic
        ? [
            {
              code: "ALARM_MODE",
              message: `the shutter is in mode ${mode}, not manual: \`on\` puts it in mode 1`,
            },
          ]
        : [],
    };
  },

  async switchOn(line, before) {
    if (before.on === null)
      throw refusal("REFUSED", "it is enabled in an automatic mode", "switch it off first");
    if ((await optional(line.ask(ask.mode))) !== 1) await line.ask(tell.manual);
    if ((await line.ask(ask.enabled)) === 0) await line.ask(tell.toggle);
  },
  async switchOff(line) {
    // Asked each time: a toggle that was heard although its answer was lost must not be sent again.
    if ((await line.ask(ask.enabled)) === 1) await line.ask(tell.toggle);
  },
});
