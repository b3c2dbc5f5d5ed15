import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { optional } from "../light/optional.js";
import { type Line, refusal } from "../line/command.js";
import { commands, dialect, faultWords, states } from "./protocol.js";

/** Oxxius LBX (19200 baud; `--baud 38400` for an LCX), alone or in slot `channel` of a combiner. Community-verified. */
export const oxxius: DeviceFactory = (settings): LightDevice => {
  const tell = commands(settings.channel === undefined ? "" : `L${settings.channel} `);
  /** Nominal power of a head that is set in per cent; null = it is set in mW. */
  let nominalMw: number | null = null;
  const setPoint = async (line: Line): Promise<number | null> => {
    if (nominalMw === null) return await optional(line.ask(tell.setPointMw));
    const share = await optional(line.ask(tell.setPercent));
    return share === null ? null : Math.round(share * nominalMw * 10) / 1000;
  };
  return {
    title: "Oxxius LBX",
    light: "excitation",
    dialect: {
      ...dialect,
      // A combiner wants CR LF and may think for 3 s.
      ...(settings.channel === undefined ? {} : { end: "\r\n", timeoutMs: 3000 }),
      ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }),
    },
    warmsInTheDark: true,
    warmWithinMs: 120_000,
    onWithinMs: 8000,
    darkWithinMs: 3000,
    // A head that is set in per cent shows tenths of them.
    toleranceMw: (mW) => Math.max(0.51, mW / 200),

    async identify(line) {
      const model = await line.ask(tell.name);
      const serialNumber = await line.ask(tell.serialNumber);
      await line.ask(tell.state);
      return {
        vendor: "Oxxius",
        model,
        serialNumber,
        firmware: (await optional(line.ask(tell.firmware))) ?? "",
      };
    },
    landmark: ({ serialNumber }) => ({
      ...tell.serialNumber,
      read: (reply) => tell.serialNumber.read(reply) === serialNumber,
    }),
    async limits(line) {
      const said = await optional(line.ask(tell.maxMw));
      // The model says it otherwise: LBX-488-100-CSB is 488 nm, 100 mW.
      const model = await line.ask(tell.name);
      const named = /L[BCMP]X-\d+-(\d+)/i.exec(model)?.[1];
      const maxMw = said ?? Number(named ?? Number.NaN);
      if (!(maxMw > 0)) throw refusal("IMPLAUSIBLE", "it does not say its greatest power");
      if (dpss.test(model)) nominalMw = maxMw;
      return { minMw: 0, maxMw };
    },

    async status(line) {
      const state = await line.ask(tell.state);
      const emits = await optional(line.ask(tell.on));
      const fault = (await optional(line.ask(tell.fault))) ?? 0;
      const closed = await optional(line.ask(tell.interlockClosed));
      const dark = [states.standBy, states.alarm, states.error, states.sleep, states.warmUp].some(
        (s) => s === state,
      );
      return {
        on: state === states.emission ? true : emits === true || !dark ? null : false,
        powerMw: await optional(line.ask(tell.powerMw)),
        setPointMw: await setPoint(line),
        interlock: closed === false || fault === 7 ? "open" : closed === null ? "unknown" : "closed",
        key: "unknown",
        warm: state !== states.warmUp,
        faults: faultsOf(state, fault, closed === false),
      };
    },

    async setPower(line, powerMw) {
      if (nominalMw !== null) {
        await line.ask(tell.percent(Math.floor((1000 * powerMw) / nominalMw + 1e-6) / 10));
        return;
      }
      await line.ask(tell.power(powerMw));
      await optional(line.ask(tell.constantPower));
    },
    switchOn: (line) => line.ask(tell.enable),
    switchOff: (line) => line.ask(tell.disable),
  };
};

/** Heads that take no mW. */
const dpss = /LCX|LMX/i;

function faultsOf(state: number, fault: number, interlockOpen: boolean): LightStatus["faults"] {
  const open = interlockOpen || fault === 7;
  return [
    ...(open ? [{ code: "INTERLOCK", message: faultWords[7] as string }] : []),
    ...(fault !== 0 && fault !== 7
      ? [{ code: `FAULT_${fault}`, message: faultWords[fault] ?? `fault number ${fault}` }]
      : []),
    ...((state === states.alarm || state === states.error) && fault === 0 && !open
      ? [{ code: "FAULT", message: "the laser is in alarm: see its manual" }]
      : []),
  ];
}
