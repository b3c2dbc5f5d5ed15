import { ProtocolError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { DeviceFactory, LightDevice } from "../light/device.js";
import { unknownFirmware } from "../light/firmware.js";
import { eachOf, optional } from "../light/optional.js";
import { type Command, type Line, query, refusal } from "../line/command.js";
import {
  commands,
  dialect,
  faultWords,
  type Generation,
  generationOf,
  isKnown,
  operatingStates,
} from "./protocol.js";

/** The first question that this firmware knows. */
async function first<T>(line: Line, ...questions: readonly Command<T>[]): Promise<T | null> {
  for (const question of questions) {
    const answer = await optional(line.ask(question));
    if (answer !== null) return answer;
  }
  return null;
}

/** A Cobolt head, or one line of a Skyra. Never `@cobas 0` (it would put the key out of force); never on by itself. */
export function coboltLaser(title: string, lineNumber: number | null): DeviceFactory {
  return (settings): LightDevice => {
    const prefix = lineNumber === null ? "" : String(settings.channel ?? lineNumber);
    const tell = commands(prefix);
    let generation: Generation = "mld";
    /** Newer firmware knows only the tree of long commands for power. */
    let tree = false;
    /** The question that its serial number answers. */
    let numberBy = "sn?";
    /** A firmware whose words nobody here knows, and that the configuration does not accept by name. */
    let strange: string | null = null;

    const device: LightDevice = {
      title,
      light: "excitation",
      dialect: { ...dialect, ...(settings.baudRate === undefined ? {} : { baudRate: settings.baudRate }) },
      warmsInTheDark: false,
      warmWithinMs: 300_000,
      onWithinMs: 10_000,
      darkWithinMs: 4000,
      // Some print `p?` with three decimals of a watt.
      toleranceMw: (mW) => Math.max(0.51, mW / 1000),

      async identify(line) {
        await line.ask(tell.ping);
        const plainly = await first(line, tell.serialNumber);
        const serialNumber = plainly ?? (await first(line, tell.otherSerialNumber));
        numberBy = plainly === null ? "gsn?" : "sn?";
        if (serialNumber === null) throw new ProtocolError("WRONG_DEVICE", "it has no serial number");
        const model = (await first(line, tell.model)) ?? "";
        const firmware = (await first(line, tell.firmware, tell.otherFirmware)) ?? "";
        generation = generationOf(firmware, model);
        strange = isKnown(firmware, model) || settings.acceptFirmware === firmware ? null : firmware;
        if (lineNumber === null && generation === "skyra") {
          throw new ProtocolError("WRONG_DEVICE", "it is a Skyra: its kind is skyra");
        }
        if (lineNumber !== null) generation = "skyra";
        await line.ask(tell.on);
        const name = model === "" ? (lineNumber === null ? "Cobolt" : "Skyra") : model;
        return {
          vendor: "Cobolt",
          model: prefix === "" ? name : `${name} line ${prefix}`,
          serialNumber,
          firmware,
        };
      },
      landmark: ({ serialNumber }) => query(numberBy, (reply) => reply.trim() === serialNumber),
      // Reset by a short power cut it answers again within a second, dark: that must not wait for its whole status.
      glance: tell.on,
      async limits(line) {
        const legacyMw = await first(line, tell.maxMw);
        tree = lineNumber === null && (legacyMw === null || (await first(line, tell.setPointMw)) === null);
        const maxMw = tree ? await first(line, tell.treeMaxMw) : legacyMw;
        if (maxMw === null || !(maxMw > 0))
          throw refusal("IMPLAUSIBLE", `it does not say its greatest power (${maxMw})`);
        return { minMw: 0, maxMw };
      },

      async status(line) {
        const on = await line.ask(tell.on);
        const state = await readState(line);
        const fault = (await first(line, tell.fault, tell.treeFault)) ?? 0;
        const interlockOpen = await first(line, tell.interlockOpen);
        const key = await first(line, tell.key, tell.otherKey);
        const warming = /warm|temperature/i.test(state);
        return {
          on: on && warming ? null : on,
          setPointMw: tree
            ? await first(line, tell.treeSetPointMw)
            : await first(line, tell.setPointMw, tell.otherSetPointMw),
          powerMw: await first(line, tree ? tell.treePowerMw : tell.powerMw),
          interlock: interlockOpen === null ? "unknown" : interlockOpen || fault === 3 ? "open" : "closed",
          key: key === null ? "unknown" : key ? "on" : "off",
          warm: warming ? false : on ? true : null,
          faults: [...strangeness(strange), ...faultsOf(fault, state, interlockOpen === true, key)],
        };
      },

      async setPower(line, powerMw) {
        await line.ask(tree ? tell.setTreePower(powerMw) : tell.setPower(powerMw));
        // A set point counts in constant-power mode only. The power goes first, so that the mode brings no old one.
        if ((await first(line, tell.mode)) === 1) return;
        await optional(line.ask(tree ? tell.treeConstantPower : tell.constantPower));
      },
      async switchOn(line, before) {
        if (lineNumber !== null) {
          // `@cob1` would start every line of the box; this one's own switch wants the key to have been read.
          if (before.key !== "on")
            throw refusal("KEY", "the key could not be read", "this line is not switched on without it");
          await optional(line.ask(tell.activate));
          await line.ask(tell.direct);
        } else if ((await optional(line.ask(tell.start).then(() => true))) === null) {
          if (before.key !== "on")
            throw refusal("KEY", "it refused its start sequence, and the key could not be read");
          await line.ask(tell.direct);
        }
      },
      async switchOff(line, attempt) {
        if (attempt === 1) return await line.ask(tell.off);
        // Whatever became of the plain order, the other ways are tried too; `@cob0` darkens every line of a Skyra.
        const ways = [tell.off, ...(lineNumber === null ? [] : [tell.deactivate]), tell.stop];
        await eachOf(line, ways);
      },
    };

    async function readState(line: Line): Promise<string> {
      const said = lineNumber === null && tree ? await first(line, tell.stateWords) : null;
      if (said !== null) return said;
      const number = await first(line, tell.operatingState);
      return number === null ? "" : (operatingStates[generation][number] ?? "");
    }
    return device;
  };
}

function strangeness(firmware: string | null): LightStatus["faults"] {
  return firmware === null ? [] : [unknownFirmware(firmware, "CAP-1004, BOB-1005, IMP-1011, 9.x")];
}

function faultsOf(
  fault: number,
  state: string,
  interlockOpen: boolean,
  key: boolean | null,
): LightStatus["faults"] {
  return [
    ...(fault === 0 || fault === 3
      ? []
      : [{ code: `FAULT_${fault}`, message: faultWords[fault] ?? `fault number ${fault}: see the manual` }]),
    ...(interlockOpen || fault === 3
      ? [
          {
            code: "INTERLOCK",
            message: interlockOpen ? "the interlock is open: close it" : (faultWords[3] as string),
          },
        ]
      : []),
    ...(key === false ? [{ code: "KEY", message: "the key is off: turn it on" }] : []),
    ...(/abort/i.test(state)
      ? [{ code: "ABORTED", message: "the start was aborted: turn the key off and on" }]
      : []),
    ...(/fault/i.test(state) && fault === 0
      ? [{ code: "FAULT", message: "the laser reports a fault: see its display" }]
      : []),
  ];
}

export const cobolt06 = coboltLaser("Cobolt", null);
