import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { optional } from "../light/optional.js";
import { type Line, query, refusal } from "../line/command.js";
import { alarmFlags, ask, dialect, faultFlags, laserStates as is, tell } from "./protocol.js";

type Fault = LightStatus["faults"][number];

/** MPB Communications VFL-P and 2RU-VFL fibre lasers (592, 775, 560, 642 nm). */
export const mpbVfl: DeviceFactory = (settings): LightDevice => ({
  title: "MPB VFL",
  light: "depletion",
  dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
  warmsInTheDark: true,
  warmWithinMs: 60_000,
  // The laser itself waits 3 s between enable and light.
  onWithinMs: 12_000,
  darkWithinMs: 3000,
  toleranceMw: () => 1,

  async identify(line) {
    const serialNumber = await line.ask(ask.serialNumber);
    const model = await optional(line.ask(ask.model));
    await line.ask(ask.state);
    return { vendor: "MPB Communications", model: model ?? "VFL", serialNumber, firmware: "" };
  },
  landmark: ({ serialNumber }) =>
    query(ask.serialNumber.send, (reply) => ask.serialNumber.read(reply) === serialNumber),
  async limits(line) {
    const [minMw = 0, maxMw = 0] = await line.ask(ask.limitsMw);
    if (!(minMw >= 0 && maxMw > minMw))
      throw refusal("IMPLAUSIBLE", `it reports power limits ${minMw} … ${maxMw} mW`);
    return { minMw, maxMw };
  },

  async status(line) {
    const state = await line.ask(ask.state);
    const enabled = await line.ask(ask.enabled);
    const setPointMw = await optional(line.ask(ask.setPointMw));
    const powerMw = await optional(line.ask(ask.powerMw));
    const keyOff = await optional(line.ask(ask.keyOff));
    return {
      on: emitting(state, enabled),
      powerMw,
      setPointMw,
      interlock:
        state === is.interlock ? "open" : state === is.keyLock || state === is.fault ? "unknown" : "closed",
      key: keyOff === null ? "unknown" : keyOff ? "off" : "on",
      warm: state !== is.startUp,
      faults: [...stateFaults(state, keyOff === true), ...(await flagFaults(line))],
    };
  },

  async setPower(line, powerMw, before) {
    if ((await optional(line.ask(ask.constantPower))) === false) {
      if (before.on !== false) {
        throw refusal(
          "REFUSED",
          "the laser is on in constant-current mode, where a power has no effect",
          "switch it off first",
        );
      }
      await line.ask(tell.constantPower);
    }
    await line.ask(tell.power(powerMw));
  },
  switchOn: (line) => line.ask(tell.enable),
  switchOff: (line) => line.ask(tell.disable),
});

/** Dark for certain only when it is disabled and in no state of emission; unknown numbers occur and are unknown. */
function emitting(state: number, enabled: boolean): boolean | null {
  const shines = state === is.onConstantCurrent || state === is.onConstantPower;
  if (enabled) return shines ? true : null;
  const dark = [is.off, is.keyLock, is.interlock, is.fault, is.startUp].some((dark) => dark === state);
  return dark ? false : null;
}

function stateFaults(state: number, keyOff: boolean): Fault[] {
  if (state === is.interlock)
    return [{ code: "INTERLOCK", message: "the interlock is open: close it, then turn the key off and on" }];
  if (state === is.keyLock) {
    const what = keyOff
      ? "the key is off: turn it on"
      : "the key must be turned off and on again (after an interlock trip or a start with the key on)";
    return [{ code: keyOff ? "KEY" : "KEY_CYCLE", message: what }];
  }
  return state === is.fault
    ? [{ code: "FAULT", message: "the laser is in its fault state: see its display" }]
    : [];
}

async function flagFaults(line: Line): Promise<Fault[]> {
  const faults = (await optional(line.ask(ask.faults))) ?? [];
  const alarms = (await optional(line.ask(ask.alarms))) ?? [];
  const named = (flags: readonly number[], names: readonly string[], prefix: string, what: string): Fault[] =>
    flags.flatMap((flag, i) =>
      flag === 0
        ? []
        : [{ code: `${prefix}_${i + 1}`, message: `${what}: ${names[i] ?? `number ${i + 1}`}` }],
    );
  return [...named(faults, faultFlags, "FAULT", "fault"), ...named(alarms, alarmFlags, "ALARM", "alarm")];
}
