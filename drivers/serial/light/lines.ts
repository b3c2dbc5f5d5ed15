import { type Clock, ConnectError, type StedError, toStedError } from "../../../src/core/index.js";
import type { Line } from "../line/command.js";
import type { DeviceLink } from "../line/link-options.js";

export function plainLine(link: DeviceLink, clock: Clock): Line {
  return { ask: (command) => link.ask(command), pause: (ms) => clock.sleep(ms) };
}

/** Overtakes what waits. */
export function urgentLine(link: DeviceLink, clock: Clock): Line {
  return { ask: (command) => link.ask(command, true), pause: (ms) => clock.sleep(ms) };
}

/** Stops with the will to have light. */
export function lineWhile(link: DeviceLink, clock: Clock, will: AbortSignal): Line {
  return {
    ask: async (command) => {
      will.throwIfAborted();
      const answer = await link.ask(command);
      will.throwIfAborted();
      return answer;
    },
    pause: async (ms) => {
      await clock.sleep(ms, will);
      will.throwIfAborted();
    },
  };
}

/** The same error, saying at least where. */
export function named(thrown: unknown, where: string): StedError {
  const error = toStedError(thrown);
  if (error.where !== undefined) return error;
  const Same = error.constructor as new (code: string, message: string, details: object) => StedError;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new Same(error.code, error.message, { where, ...hint, data: error.data, cause: thrown });
}

export function lostAt(where: string): ConnectError {
  return new ConnectError("LOST", "the device was lost", { where, hint: "see to its plug" });
}
