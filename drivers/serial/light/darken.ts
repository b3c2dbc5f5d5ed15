import { type Clock, ConnectError, DeadlineError, toStedError } from "../../../src/core/index.js";
import type { LightStatus } from "../../light-contract.js";
import type { Line } from "../line/command.js";
import type { DeviceLink } from "../line/link-options.js";
import type { LightDevice } from "./device.js";
import { urgentLine } from "./lines.js";

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

/** As `darken`, over lost and new connections, until it is confirmed. Rejects only once the port is closed. */
export async function untilDark(
  device: LightDevice,
  link: DeviceLink,
  clock: Clock,
  notYet: (why: string) => void,
): Promise<LightStatus> {
  const urgent = urgentLine(link, clock);
  for (;;) {
    await link.whenReady();
    try {
      return await darken(device, urgent, clock, clock.monotonic() + 2 * device.darkWithinMs);
    } catch (thrown) {
      const { code, message } = toStedError(thrown);
      notYet(message);
      // A fresh connection may hear what this one does not; it begins with "off" again.
      if (code !== "LOST") link.lose(message);
    }
  }
}
