import { ProtocolError, StedError } from "../../../src/core/index.js";
import { type RigCode, rigCodes, type WireRefusal } from "../schemas.js";
import type { Part } from "../wire.js";

const retryable: ReadonlySet<string> = new Set<RigCode>([
  "BUSY",
  "SAFE_STATE",
  "INTERLOCK",
  "DEVICE_LOST",
  "TIMEOUT",
  "ABORTED",
  "EXPIRED",
]);

/** A request that is not (or not wholly) carried out, by the protocol's code. @param pixels of `details.frames` */
export function refusal(
  code: RigCode,
  message: string,
  details?: Readonly<Record<string, unknown>>,
  pixels?: readonly Part[],
): ProtocolError {
  const data = { ...(details === undefined ? {} : { details }), ...(pixels === undefined ? {} : { pixels }) };
  return new ProtocolError(code, message, { data });
}

/** Any thrown value as the protocol's error object; codes that are not the protocol's become INTERNAL. */
export function toWireRefusal(thrown: unknown): WireRefusal {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const known = thrown instanceof StedError && (rigCodes as readonly string[]).includes(thrown.code);
  const code = known ? thrown.code : "INTERNAL";
  const details = known ? thrown.data.details : undefined;
  return {
    code,
    message: message === "" ? code : message,
    retryable: retryable.has(code),
    ...(typeof details === "object" && details !== null
      ? { details: details as Record<string, unknown> }
      : {}),
  };
}

/** The pixel parts that travel with a refusal. */
export function refusalPixels(thrown: unknown): readonly Part[] {
  const pixels = thrown instanceof ProtocolError ? thrown.data.pixels : undefined;
  return Array.isArray(pixels) ? (pixels as Part[]) : [];
}
