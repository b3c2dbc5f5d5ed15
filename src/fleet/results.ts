import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { FleetLink } from "./connection.js";
import { encodeMessage, parseMessage, resultSchema, type WorkResult } from "./messages.js";
import { streams, subjects } from "./names.js";

/** The result that the fleet keeps of this work; null where there is none. @throws whatever the connection throws */
export async function keptResult(link: FleetLink, model: string, work: string): Promise<WorkResult | null> {
  const query = { last_by_subj: subjects.result(model, work) };
  const message = await link.jsm.direct.getMessage(streams.results, query);
  return message === null ? null : parseMessage(resultSchema, message.data);
}

/** Keeps a result unless there is one already. Returns whether this one was taken. */
export async function keepResult(link: FleetLink, model: string, result: WorkResult): Promise<boolean> {
  const subject = subjects.result(model, result.work);
  try {
    // The server compares and stores in one act: of two workers with the same frame one is refused.
    await link.js.publish(subject, encodeMessage(result), { expect: { lastSubjectSequence: 0 } });
    return true;
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === JetStreamApiCodes.StreamWrongLastSequence) {
      return false;
    }
    throw thrown;
  }
}
