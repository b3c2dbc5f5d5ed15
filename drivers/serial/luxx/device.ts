import { ProtocolError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { optional } from "../light/optional.js";
import { refusal } from "../line/command.js";
import { bit, commands, dialect, faultBits, interlockBit, levels, stateBits } from "./protocol.js";

/** Omicron LuxX, PhoxX, BrixX; `channel` is that of a LightHub. USB 500000 baud, RS-232 57600. */
export const luxx: DeviceFactory = (settings): LightDevice => {
  const tell = commands(settings.channel === undefined ? "" : `[${settings.channel}]`);
  let maxMw = 0;
  return {
    title: "Omicron LuxX",
    light: "excitation",
    dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
    warmsInTheDark: false,
    warmWithinMs: 0,
    // About 3 s from LOn to light unless it was in stand-by.
    onWithinMs: 8000,
    darkWithinMs: 3000,
    toleranceMw: () => (1.01 * maxMw) / levels,

    async identify(line) {
      const [model = "", , firmware = ""] = await line.ask(tell.firmware);
      if (model === "") throw new ProtocolError("WRONG_DEVICE", "it tells no model");
      const serialNumber = await line.ask(tell.serialNumber);
      await line.ask(tell.state);
      return { vendor: "Omicron", model, serialNumber, firmware };
    },
    landmark: ({ serialNumber }) => ({
      ...tell.serialNumber,
      read: (reply) => tell.serialNumber.read(reply) === serialNumber,
    }),
    async limits(line) {
      const said = await optional(line.ask(tell.maxMw));
      maxMw = said ?? Number((await line.ask(tell.specification))[1] ?? Number.NaN);
      if (!(maxMw > 0)) throw refusal("IMPLAUSIBLE", `it reports ${maxMw} mW as its greatest power`);
      return { minMw: 0, maxMw };
    },

    async status(line) {
      const state = await line.ask(tell.state);
      const level = await optional(line.ask(tell.level));
      const powerMw = await optional(line.ask(tell.powerMw));
      const said = await optional(line.ask(tell.faults));
      const faults = said ?? 0;
      return {
        on: bit(state, stateBits.on),
        powerMw,
        setPointMw: level === null ? null : Math.round((level / levels) * maxMw * 1e3) / 1e3,
        interlock:
          said === null ? "unknown" : bit(faults, interlockBit) || bit(faults, 0) ? "open" : "closed",
        key: bit(state, stateBits.keyToggle) || !bit(state, stateBits.keyEnabled) ? "off" : "on",
        warm: true,
        faults: faultsOf(state, faults),
      };
    },

    setPower: (line, powerMw) =>
      line.ask(tell.setLevel(Math.min(levels, Math.floor((powerMw / maxMw) * levels + 1e-6)))),
    async switchOn(line) {
      await optional(line.ask(tell.powerOn));
      await line.ask(tell.on);
    },
    switchOff: (line) => line.ask(tell.off),
  };
};

function faultsOf(state: number, word: number): LightStatus["faults"] {
  const named = Object.entries(faultBits).flatMap(([n, what]) =>
    bit(word, Number(n))
      ? [{ code: Number(n) === interlockBit || n === "0" ? "INTERLOCK" : `FAULT_${n}`, message: what }]
      : [],
  );
  return [
    ...named,
    ...(bit(state, stateBits.keyToggle)
      ? [{ code: "KEY_CYCLE", message: "the key must be turned off and on again" }]
      : bit(state, stateBits.keyEnabled)
        ? []
        : [{ code: "KEY", message: "the key is off: turn it on" }]),
    ...(bit(state, stateBits.error) && named.length === 0
      ? [{ code: "FAULT", message: "the laser reports an error it does not name" }]
      : []),
  ];
}
