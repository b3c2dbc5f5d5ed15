import { ProtocolError } from "../../../src/core/index.js";

/** The answer, or null where the device refuses the question or answers nonsense: older firmware does not know it. */
export async function optional<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ProtocolError && thrown.code !== "OVERTAKEN") return null;
    throw thrown;
  }
}
