import type { DriverContext } from "../context.js";
import type { Rig } from "../contract.js";
import { ZeromqRig } from "./client/zeromq-rig.js";

/** `rig: {kind: zeromq, commands, events?, curve?}` of the configuration. */
export async function openZeromq(
  config: {
    readonly commands: string;
    readonly events?: string | undefined;
    readonly curve?: { readonly serverKey: string; readonly keys: string } | undefined;
  },
  context: DriverContext,
): Promise<Rig> {
  const { session, version, clock, logger } = context;
  const events = config.events === undefined ? {} : { events: config.events };
  const curve = config.curve === undefined ? {} : { curve: config.curve };
  return new ZeromqRig({ commands: config.commands, ...events, ...curve, session, version, clock, logger });
}
