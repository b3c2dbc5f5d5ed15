import type { DriverContext } from "../context.js";
import type { Rig } from "../contract.js";
import { ZeromqRig } from "./client/zeromq-rig.js";

/** `rig: {kind: zeromq, commands, events?}` of the configuration. */
export async function openZeromq(
  config: { readonly commands: string; readonly events?: string | undefined },
  context: DriverContext,
): Promise<Rig> {
  const { session, version, clock, logger } = context;
  const events = config.events === undefined ? {} : { events: config.events };
  return new ZeromqRig({ commands: config.commands, ...events, session, version, clock, logger });
}
