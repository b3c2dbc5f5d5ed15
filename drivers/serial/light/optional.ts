import { DeadlineError, ProtocolError } from "../../../src/core/index.js";
import type { Command, Line } from "../line/command.js";

/** The answer, or null where the device refuses the question or answers nonsense: older firmware does not know it. */
export async function optional<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ProtocolError && thrown.code !== "OVERTAKEN") return null;
    throw thrown;
  }
}

/** Gives every order, whatever became of those before it; what counts is read back. @throws ConnectError; OVERTAKEN */
export async function eachOf(line: Line, orders: readonly Command<void>[]): Promise<void> {
  for (const order of orders) {
    await line.ask(order).catch((thrown: unknown) => {
      const failed = thrown instanceof ProtocolError || thrown instanceof DeadlineError;
      if (!failed || thrown.code === "OVERTAKEN") throw thrown;
    });
  }
}

/** An order whose answer, or its absence, is no matter: the conversation is not in order yet. @throws ConnectError */
export async function lenient(line: Line, command: Command<void>): Promise<void> {
  try {
    await line.ask({ ...command, timeoutMs: 400 });
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError) && !(thrown instanceof DeadlineError)) throw thrown;
  }
}
