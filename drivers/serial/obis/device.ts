import { ProtocolError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { lenient, optional } from "../light/optional.js";
import { refusal } from "../line/command.js";
import { bit, commands, dialect, faultBits, remoteWords, statusBits } from "./protocol.js";

type Fault = LightStatus["faults"][number];

/** Coherent OBIS LX/LS, as a bare head or (`channel` 1 …) behind an OBIS Remote. */
export const obis: DeviceFactory = (settings): LightDevice => {
  let tell = commands(settings.channel === undefined ? "" : String(settings.channel));
  return {
    title: "Coherent OBIS",
    light: "excitation",
    dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
    warmsInTheDark: true,
    warmWithinMs: 300_000,
    // Laser safety (CDRH) may delay emission by 5 s.
    onWithinMs: 15_000,
    darkWithinMs: 2500,
    // Set in steps of 0.01 mW; some print their watts with four decimals.
    toleranceMw: (mW) => Math.max(0.11, mW / 500),

    async identify(line) {
      // Whether handshaking is on is not known yet, so this answer ends at its first line.
      const name = await line.ask(tell.name);
      if (!/obis/i.test(name)) throw new ProtocolError("WRONG_DEVICE", `it calls itself '${name}'`);
      // Let a lagging OK of that answer arrive, then make the conversation plain.
      await line.pause(60);
      // Without handshaking sets are silent; a unit that refuses it with an ERR line has it on already.
      await lenient(line, tell.promptOff);
      await lenient(line, tell.handshakeOn);
      if (settings.channel === undefined && (await optional(line.ask(tell.on))) === null) {
        // A remote without an index answers for itself, its serial number too, but has no light; its laser is number 1.
        tell = commands("1");
      }
      const serialNumber = await line.ask(tell.serialNumber);
      return {
        vendor: "Coherent",
        model: (await optional(line.ask(tell.model))) ?? name,
        serialNumber,
        firmware: (await optional(line.ask(tell.firmware))) ?? "",
      };
    },
    landmark: ({ serialNumber }) => ({
      ...tell.serialNumber,
      read: (reply) => tell.serialNumber.read(reply) === serialNumber,
    }),
    async limits(line) {
      const minMw = (await optional(line.ask(tell.lowMw))) ?? 0;
      const maxMw = (await optional(line.ask(tell.highMw))) ?? (await line.ask(tell.nominalMw));
      if (!(minMw >= 0 && maxMw > minMw))
        throw refusal("IMPLAUSIBLE", `it reports power limits ${minMw} … ${maxMw} mW`);
      return { minMw, maxMw };
    },

    async status(line) {
      const word = await line.ask(tell.status);
      const commanded = await line.ask(tell.on);
      const setPointMw = await optional(line.ask(tell.setPointMw));
      const powerMw = await optional(line.ask(tell.powerMw));
      const closed = await optional(line.ask(tell.interlockClosed));
      const faultWord = (await optional(line.ask(tell.faults))) ?? 0;
      const remote = remoteWords[word >>> 24];
      const interlockOpen = closed === false || remote === "interlock";
      const emission = bit(word, statusBits.emission);
      return {
        // Commanded but not emitting: it waits (delay, warm-up) and light will come by itself.
        on: emission ? true : commanded ? null : false,
        powerMw,
        setPointMw,
        interlock: interlockOpen ? "open" : closed === null ? "unknown" : "closed",
        key: remote === "key" ? "off" : "unknown",
        warm: !bit(word, statusBits.warmUp),
        faults: faultsOf(word, faultWord, interlockOpen, remote === "key"),
      };
    },

    async setPower(line, powerMw) {
      await line.ask(tell.setPower(powerMw));
      // A set point counts in constant-power mode; the power goes first, so that the mode brings no old one.
      const mode = await optional(line.ask(tell.mode));
      if (mode !== null && !/cwp/i.test(mode)) await line.ask(tell.constantPower);
    },
    switchOn: (line) => line.ask(tell.switchOn),
    switchOff: (line) => line.ask(tell.switchOff),
  };
};

function faultsOf(word: number, faultWord: number, interlockOpen: boolean, keyOut: boolean): Fault[] {
  const named = Object.entries(faultBits).flatMap(([n, what]): Fault[] =>
    bit(faultWord, Number(n)) ? [{ code: `FAULT_${n}`, message: `fault: ${what}` }] : [],
  );
  const unnamed = bit(word, statusBits.fault) || bit(word, statusBits.hardwareFault);
  return [
    ...named,
    ...(interlockOpen ? [{ code: "INTERLOCK", message: "the interlock is open: close it" }] : []),
    ...(keyOut
      ? [{ code: "KEY", message: "the key is off: turn it on (after a power-up: off, then on)" }]
      : []),
    ...(unnamed && named.length === 0 && !interlockOpen && !keyOut
      ? [{ code: "FAULT", message: "the laser reports a fault it does not name: see its manual" }]
      : []),
  ];
}
