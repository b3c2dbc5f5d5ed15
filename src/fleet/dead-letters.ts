import type { JsMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { StedError } from "../core/index.js";
import type { FleetLink } from "./connection.js";
import { decodeHead, isConsistent, type WorkHead } from "./messages.js";
import { subjects } from "./names.js";
import { keepResult } from "./results.js";

/** Headers of a dead letter; its body is the message as it was. */
export const deadHeaders = {
  reason: "Stedloop-Reason",
  code: "Stedloop-Code",
  deliveries: "Stedloop-Deliveries",
  worker: "Stedloop-Worker",
  rig: "Stedloop-Rig",
} as const;

/**
 * Takes a frame out of the queue for good: a copy goes to the dead letters with the reason, and whoever waits for its
 * score is told so. @throws whatever the connection throws; the frame then stays in the queue
 */
export async function buryFrame(
  link: FleetLink,
  message: JsMsg,
  why: { readonly worker: string; readonly error: StedError; readonly at: string },
): Promise<void> {
  const { worker, error, at } = why;
  // stedloop.work.<model>.<rig>
  const [, , model = "unknown", rig = "unknown"] = message.subject.split(".");
  const told = headers();
  told.set(deadHeaders.reason, oneLine(error.message));
  told.set(deadHeaders.code, error.code);
  told.set(deadHeaders.deliveries, String(message.info.deliveryCount));
  told.set(deadHeaders.worker, worker);
  told.set(deadHeaders.rig, rig);
  // By its place in the queue: buried twice after a lost confirmation it is still one letter.
  const msgID = `dead-${message.info.streamSequence}-${message.timestampNanos}`;
  await link.js.publish(subjects.dead(model), message.data, { headers: told, msgID });
  const head = headOf(message.data);
  if (head !== null && head.model === model && isConsistent(head)) {
    const failed = { code: error.code, message: oneLine(error.message) };
    await keepResult(link, model, { v: 1, work: head.work, record: null, failed, worker, engine: "", at });
  }
  message.term(oneLine(error.message));
  await link.nats.flush();
}

function headOf(bytes: Uint8Array): WorkHead | null {
  try {
    return decodeHead(bytes).head;
  } catch {
    return null;
  }
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 500);
}
