import { type Clock, ConnectError, DeadlineError, toStedError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { Line } from "../line/command.js";
import type { LightDevice } from "./device.js";

/**
 * Sends "off" until the device's status says dark, whatever it answered to the command itself.
 * @param until monotonic ms @throws DeadlineError STILL_ON, ConnectError LOST or CLOSED
 */
export async function darken(
  device: LightDevice,
  line: Line,
  clock: Clock,
  until: number,
): Promise<LightStatus> {
  let why = "its status still says on";
  for (let attempt = 1; ; attempt++) {
    try {
      await device.switchOff(line, attempt);
    } catch (thrown) {
      // Refused or not answered: what counts is the status.
      if (thrown instanceof ConnectError) throw thrown;
      why = toStedError(thrown).message;
    }
    try {
      const status = await device.status(line);
      if (status.on === false) return status;
    } catch (thrown) {
      if (thrown instanceof ConnectError) throw thrown;
      why = toStedError(thrown).message;
    }
    if (clock.monotonic() > until) throw new DeadlineError("STILL_ON", why);
    await line.pause(Math.min(20 * attempt, 200));
  }
}
