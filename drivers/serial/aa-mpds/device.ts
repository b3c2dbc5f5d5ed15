import { ConfigError, ProtocolError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { eachOf, optional } from "../light/optional.js";
import type { Line } from "../line/command.js";
import { ask, dBmOf, dialect, maxDbm, mwOf, tell } from "./protocol.js";

/** Least drive that is set, dBm; below it a channel is off. */
const minDbm = 0;
/** Most times that it is asked for its name. */
const namings = 5;
const rounded = (mW: number): number => Number(mW.toPrecision(6));

/**
 * One channel (`channel`, default 1) of an AA MPDSnCxx. Its power is RF drive in mW (the box: dBm); light follows by the
 * calibration of the line. The frequency is left as it was tuned.
 */
export const aaMpds: DeviceFactory = (settings): LightDevice => {
  const n = settings.channel ?? 1;
  if (!Number.isInteger(n) || n < 1 || n > 8)
    throw new ConfigError("BAD_CHANNEL", `an AA driver has channels 1 … 8, not ${n}`);
  let boxName: string | null = null;
  return {
    title: "AA MPDS",
    light: "other",
    dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
    warmsInTheDark: true,
    warmWithinMs: 1000,
    onWithinMs: 1500,
    darkWithinMs: 2000,
    // Set in steps of 0.01 dB, read back in steps of 0.1 dB.
    toleranceMw: (mW) => mW * (10 ** 0.011 - 1),

    async identify(line) {
      const { channels } = await line.ask(ask.table);
      if (!channels.has(n)) {
        throw new ProtocolError("WRONG_DEVICE", `it has ${channels.size} channels, none is number ${n}`);
      }
      boxName = await sureName(line);
      return {
        vendor: "AA Opto-Electronic",
        model: `${boxName ?? "MPDS"} channel ${n}`,
        serialNumber: "",
        firmware: "",
      };
    },
    // The box tells no serial number; its name, which nothing else asks for, serves as a landmark.
    landmark: () =>
      boxName === null ? null : { ...ask.name, read: (reply) => ask.name.read(reply) === boxName },
    limits: async () => ({ minMw: rounded(mwOf(minDbm)), maxMw: rounded(mwOf(maxDbm)) }),

    async status(line) {
      const { channels, blanking } = await line.ask(ask.table);
      const channel = channels.get(n);
      if (channel === undefined) throw new ProtocolError("BAD_REPLY", `channel ${n} is missing in the table`);
      return {
        // Under external control a voltage decides, and nobody here knows it.
        on: !channel.on
          ? false
          : blanking?.internal && !blanking.on
            ? false
            : channel.internal === false || blanking?.internal === false
              ? null
              : true,
        powerMw: null,
        setPointMw: rounded(mwOf(channel.powerDbm)),
        interlock: "unknown",
        key: "unknown",
        warm: true,
        faults: faultsOf(channel.internal, blanking),
      };
    },

    setPower: (line, powerMw) => line.ask(tell.power(n, Math.min(maxDbm, dBmOf(powerMw)))),
    async switchOn(line) {
      const { blanking } = await line.ask(ask.table);
      // Without its own blanking open the box is dark whatever a channel says.
      if (blanking !== null && !(blanking.internal && blanking.on)) await line.ask(tell.letThrough);
      await line.ask(tell.on(n));
    },
    async switchOff(line, attempt) {
      // The box as a whole goes dark when its channel does not, whatever it answered to that.
      if (attempt <= 2) await line.ask(tell.off(n));
      else await eachOf(line, [tell.off(n), tell.blank]);
    },
  };
};

/**
 * The name serves as a landmark and to know the box again, so no late or garbled answer may be taken for it: two
 * answers in a row must agree. Null: it knows no such question. @throws ProtocolError where it says something else each time
 */
async function sureName(line: Line): Promise<string | null> {
  let last: string | null | undefined;
  for (let i = 0; i < namings; i++) {
    const said = await optional(line.ask(ask.name));
    if (said === last) return said;
    last = said;
  }
  throw new ProtocolError("BAD_REPLY", "it calls itself something else each time it is asked");
}

function faultsOf(
  internal: boolean | null,
  blanking: { readonly internal: boolean } | null,
): LightStatus["faults"] {
  return [
    ...(internal === false
      ? [
          {
            code: "ALARM_EXTERNAL",
            message:
              "the channel is under external control (analog input): `on` puts it under serial control",
          },
        ]
      : []),
    ...(blanking?.internal === false
      ? [
          {
            code: "ALARM_BLANKING",
            message: "blanking is external: with its input open every output is dark",
          },
        ]
      : []),
  ];
}
