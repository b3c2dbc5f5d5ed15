import type { FleetLink } from "./connection.js";
import { consumerOf, streams } from "./names.js";

export interface FleetHealth {
  /** Workers that wait for a frame of this network, or have one in hand, roughly: by slots. */
  readonly slots: number;
  readonly waiting: number;
  readonly dead: number;
}

/** What the server tells of the queue of one network. @throws whatever the connection throws */
export async function fleetHealth(link: FleetLink, model: string): Promise<FleetHealth> {
  const { jsm } = link;
  const dead = (await jsm.streams.info(streams.dead)).state.messages;
  const consumer = await jsm.consumers.info(streams.work, consumerOf(model)).catch(() => null);
  if (consumer === null) return { slots: 0, waiting: 0, dead };
  const { num_waiting, num_ack_pending, num_pending } = consumer;
  return { slots: num_waiting + num_ack_pending, waiting: num_pending, dead };
}
