import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GuardedDevice, LightCrumbs, LightServices } from "../../../drivers/registry.js";
import { type ResolvedConfig, yamlLine } from "../../config/index.js";
import { type Clock, type Logger, replaceFile, timestamp } from "../../core/index.js";
import { approvedStep, LightSupervisor } from "../../safety/index.js";
import { startGuard } from "../guard/guard-client.js";

/** What drivers that make light themselves get of safety, journal folder and guard. */
export function lightServices(
  config: ResolvedConfig,
  data: string,
  clock: Clock,
  logger: Logger,
): LightServices {
  const limits = config.sources ?? {};
  const crumbs = join(data, "light.json");
  let written = "";
  return {
    supervise: (source, { onChange, leastMw }) =>
      new LightSupervisor(source, { limits, clock, logger, onChange: () => onChange(), leastMw }),
    stepOf: approvedStep,
    maxMw: (source) => (Object.hasOwn(limits, source) ? limits[source]?.maxMw : undefined),
    maxRampMwPerS: (source) => (Object.hasOwn(limits, source) ? limits[source]?.maxRampMwPerS : undefined),
    startGuard: (devices: readonly GuardedDevice[], leaseMs) =>
      startGuard({
        devices,
        leaseMs,
        report: join(data, "guard.json"),
        webhook: config.rig.kind === "composite" ? config.rig.guardWebhook : undefined,
        clock,
        logger,
      }),
    readCrumbs() {
      try {
        return JSON.parse(readFileSync(crumbs, "utf8")) as LightCrumbs;
      } catch {
        return null;
      }
    },
    writeCrumbs(what) {
      const text = JSON.stringify(what);
      if (text === written) return;
      replaceFile(crumbs, JSON.stringify({ at: timestamp(clock), ...what }), true);
      written = text;
    },
    lineOf(keys) {
      const line = config.file === null ? null : yamlLine(config.file, keys);
      return line === null ? "" : ` (line ${line})`;
    },
  };
}
