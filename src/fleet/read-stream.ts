import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Clock } from "../core/index.js";
import type { FleetLink } from "./connection.js";

const askMs = 2000;
const pauseMs = 500;

/**
 * Reads a stream from its beginning, in order, and what comes after, until the signal. Goes on where it was after every
 * loss of the server; a message is given once.
 * @param options.caughtUp called when all that was there has been read, again after each such time
 */
export async function readStream(
  link: FleetLink,
  stream: string,
  options: {
    readonly take: (message: JsMsg) => void;
    readonly caughtUp: () => void;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { take, caughtUp, clock, signal } = options;
  let next = 1;
  let made = "";
  while (!signal.aborted && !link.closed) {
    try {
      if (!link.up) {
        await link.whenUp(askMs);
        continue;
      }
      const { created, state } = await link.jsm.streams.info(stream);
      // Another stream by this name: a server whose disk was emptied begins to count anew.
      if (created !== made || state.last_seq + 1 < next) next = 1;
      made = created;
      if (state.last_seq < next) caughtUp();
      const from = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: next };
      const consumer = await link.js.consumers.get(stream, from);
      while (!signal.aborted && link.up) {
        const messages = await consumer.fetch({ max_messages: 500, expires: askMs });
        const stop = (): void => void messages.close();
        signal.addEventListener("abort", stop, { once: true });
        for await (const message of messages) {
          next = message.seq + 1;
          take(message);
          if (message.info.pending === 0) caughtUp();
        }
        signal.removeEventListener("abort", stop);
      }
    } catch {
      await clock.sleep(pauseMs, signal);
    }
  }
}
