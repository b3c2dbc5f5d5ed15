import { fileURLToPath } from "node:url";
import type { ResolvedConfig } from "../../config/index.js";
import type { Journal } from "../../journal/index.js";
import { deployedModel, type Workshop } from "../../server/index.js";
import { examine } from "../examine.js";
import type { RunOptions } from "./run-options.js";

/** What the pages Rate, Train, Study and Rig work with. */
export function workshopOf(options: RunOptions, config: ResolvedConfig, journal: Journal): Workshop {
  const { limits, sources, dose, combinations, server } = config;
  return {
    data: options.data,
    // Without tokens only this computer's own people come in, and they see its folders anyhow.
    folders: server.folders ?? (server.tokens === undefined ? null : []),
    command: [process.execPath, fileURLToPath(new URL("../main.js", import.meta.url))],
    limits: Object.fromEntries(
      Object.entries({ limits, sources, dose, combinations }).filter(([, v]) => v !== undefined),
    ),
    examine: () =>
      examine({ data: options.data, ...(options.config === undefined ? {} : { config: options.config }) }),
    annotate: (run, event) => journal.addEvent(run, event),
    events: (run) => journal.reader.events(run),
  };
}

/**
 * The model that a new run begins with: the deployed one where the configuration says `model: deployed`, or where there
 * is no configuration file at all; else the configuration's.
 */
export function modelInForce(options: RunOptions, config: ResolvedConfig): string {
  if (config.model !== "deployed" && options.config !== undefined) return config.model;
  return deployedModel(options.data) ?? (config.model === "deployed" ? "actin" : config.model);
}
