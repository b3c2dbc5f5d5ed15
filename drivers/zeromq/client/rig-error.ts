import { ProtocolError } from "../../../src/core/index.js";
import { type Method, protocolWord, type WireRefusal } from "../schemas.js";
import type { Part } from "../wire.js";

const hints: Readonly<Record<string, string>> = {
  BUSY: "another program holds the rig; end it or wait until its lease lapses",
  SAFE_STATE: "the rig is dark and latched; an operator resumes it",
  INTERLOCK: "close the interlock at the microscope, then resume",
  DEVICE_LOST: "check power and cable of the device, then resume",
  TIMEOUT: "the light is off; look at the scanner",
  OUT_OF_RANGE: "stay inside what the rig says it can do",
  EXPIRED: "the clocks of the two computers differ or the network is slow",
};

/** A refusal of the rig as a typed error. `data` = {method, retryable, details}, and `pixels` where some came along. */
export function rigError(
  endpoint: string,
  method: Method,
  error: WireRefusal,
  pixels: readonly Part[],
): ProtocolError {
  const { code, retryable, details } = error;
  const hint = hints[code];
  const supported = Array.isArray(details?.supported) ? details.supported.join(", ") : "another protocol";
  const message =
    code === "UNSUPPORTED_VERSION"
      ? `the rig speaks ${supported}, this daemon ${protocolWord}`
      : `the rig refused '${method}': ${error.message}`;
  return new ProtocolError(code, message, {
    where: endpoint,
    ...(hint === undefined ? {} : { hint }),
    data: {
      method,
      retryable,
      ...(details === undefined ? {} : { details }),
      ...(pixels.length === 0 ? {} : { pixels }),
    },
  });
}
