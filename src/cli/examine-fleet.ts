import type { ResolvedConfig } from "../config/index.js";
import { silentLogger, systemClock, toStedError } from "../core/index.js";
import { FleetLink, fleetHealth, modelKey } from "../fleet/index.js";
import type { Bundle } from "../scoring/index.js";
import type { Finding } from "./finding.js";
import { targetOf } from "./fleet-target.js";

const patienceMs = 4000;

/** Whether the fleet of a configuration can be reached and somebody there scores with this network. */
export async function fleetFinding(fleet: ResolvedConfig["fleet"], bundle: Bundle): Promise<Finding | null> {
  if (fleet === undefined) return null;
  const name = "fleet";
  let link: FleetLink | null = null;
  try {
    link = await FleetLink.start(targetOf(fleet), systemClock, silentLogger);
    if (!(await link.whenUp(patienceMs))) {
      const detail = `${link.server}: ${link.trouble ?? "no answer"}; frames are scored here meanwhile`;
      return {
        name,
        state: "info",
        detail,
        hint: "is the NATS server running, with JetStream (nats-server -js)?",
      };
    }
    const { slots, waiting, dead } = await fleetHealth(link, modelKey(bundle));
    const buried = dead === 0 ? "" : `, ${dead} frames given up`;
    const detail = `${link.server}, rig ${fleet.rig}: ${slots} worker slots for this network, ${waiting} frames waiting${buried}`;
    if (slots > 0) return { name, state: "ok", detail };
    const hint = `start one: stedloop worker --nats … --model ${bundle.card.name}`;
    return { name, state: "info", detail, hint };
  } catch (thrown) {
    return { name, state: "fault", detail: toStedError(thrown).line, hint: "see docs/fleet.md" };
  } finally {
    await link?.close();
  }
}
