import { SafetyTrip, timestamp } from "../core/index.js";
import type { SessionParts } from "./parts.js";
import type { SessionStore } from "./store.js";

/**
 * After a crash: what was ordered, what was found and that it is dark now goes to the journal and to the page.
 * @returns what a person is asked before the loop goes on; null where nothing is to be asked
 * @throws SafetyTrip ADOPTION where nobody is there to be asked
 */
export async function adopt(parts: SessionParts, store: SessionStore): Promise<string | null> {
  const { info, config, journal, run, clock } = parts;
  if (info.adopted === undefined) return null;
  const { at, lines } = info.adopted;
  await journal.addEvent(run, {
    at: timestamp(clock),
    step: store.get().step,
    kind: "adopted",
    data: { at, lines, adoption: config.adoption },
  });
  for (const message of lines) store.emit({ type: "note", level: "warn", message });
  if (config.adoption === "accept") return null;
  const text = `an earlier daemon ended without putting the light out (${at}): ${lines.join("; ")}`;
  if (config.adoption === "refuse") {
    throw new SafetyTrip("ADOPTION", text, {
      hint: "look at the light sources; then --resume RUN, or start with the page and press resume",
    });
  }
  return `${text}. Look at the light sources, then press resume`;
}

/**
 * Starting a run by hand is an operator's act: it may leave a `safe`, and forgets faults that are gone. @returns what a
 * person must see to first (a key that is off, a device that is missing), null when all is well
 */
export async function takeOver({ rig, config }: SessionParts): Promise<string | null> {
  let refused: string | null = null;
  try {
    await rig.resume();
  } catch (thrown) {
    if (config.unattended || !(thrown instanceof SafetyTrip)) throw thrown;
    refused = thrown.line;
  }
  await rig.release();
  return refused;
}
