import { ConnectError, DeadlineError, ProtocolError, toStedError } from "../../../src/core/index.js";
import type { LightIdentity } from "../../light-contract.js";
import type { Line } from "../line/command.js";
import type { LightDevice } from "./device.js";

const againMs = 500;

/** The same device as before? Asked once and not for long; null where that is not certain. */
export async function recogniseAgain(
  device: LightDevice,
  line: Line,
  known: LightIdentity,
): Promise<LightIdentity | null> {
  const landmark = device.landmark?.(known) ?? null;
  if (landmark === null) return null;
  const same = await line.ask({ ...landmark, kind: "set", timeoutMs: againMs }).catch(() => false);
  return same ? known : null;
}

/** An answer that a client before us did not live to hear has come by then. */
const lateMs = 300;
const oddReplies: readonly string[] = ["BAD_REPLY", "REFUSED", "WRONG_DEVICE"];

/**
 * Asked once more where the first answer was odd, or is not confirmed by a second question: it may have been meant for somebody who
 * was killed with the port open, and some devices' first exchange after power-on fails.
 */
async function identify(device: LightDevice, line: Line): Promise<LightIdentity> {
  try {
    const found = await device.identify(line);
    if (device.landmark?.(found) == null || (await recogniseAgain(device, line, found)) !== null)
      return found;
  } catch (thrown) {
    if (!oddReplies.includes(toStedError(thrown).code)) throw thrown;
  }
  await line.pause(lateMs);
  return device.identify(line);
}

/** Who answers there, or why not, in one line. */
export async function recognise(device: LightDevice, line: Line, path: string): Promise<LightIdentity> {
  try {
    return await identify(device, line);
  } catch (thrown) {
    const error = toStedError(thrown);
    if (error instanceof DeadlineError) {
      throw new ConnectError("NO_ANSWER", `no ${device.title} answers there`, {
        where: path,
        hint: `is it switched on, the right port, ${device.dialect.baudRate} baud?`,
        cause: thrown,
      });
    }
    if (!(error instanceof ProtocolError)) throw error;
    if (!oddReplies.includes(error.code)) throw error;
    const said = String(error.data.reply ?? "");
    const garbled = said !== "" && (said.match(/[^\x20-\x7e\r\n\t]/g)?.length ?? 0) > said.length / 4;
    if (garbled) {
      throw new ConnectError("GARBLED", "what comes from there is unreadable", {
        where: path,
        hint: `${device.title} talks at ${device.dialect.baudRate} baud: is the rate right?`,
        cause: thrown,
      });
    }
    throw new ConnectError("WRONG_DEVICE", `what is there is no ${device.title}: ${error.message}`, {
      where: path,
      hint: "is it the right port and kind?",
      cause: thrown,
    });
  }
}
