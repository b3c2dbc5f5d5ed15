import { Command } from "commander";
import type { Image } from "../../core/index.js";
import { evaluateObjectives } from "../../objectives/index.js";
import { readFrame, scoreOnce } from "../images.js";
import { parseSettings } from "../options.js";
import { print, printJson } from "../output.js";

interface Options {
  readonly before: string;
  readonly sted: string;
  readonly after: string;
  readonly settings?: string;
  readonly model: string;
  readonly pixelSize?: number;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("objectives")
    .description("Every objective of one triple of frames: confocal before, STED, confocal after.")
    .requiredOption(
      "--before <file>",
      "confocal frame before (TIFF, .npy, or an Imspector file: FILE or FILE#STACK)",
    )
    .requiredOption("--sted <file>", "STED frame")
    .requiredOption("--after <file>", "confocal frame after")
    .option("--settings <json>", "settings of the STED frame, for pixel time and dose")
    .option("--model <bundle>", "quality network, by name or folder", "actin")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop objectives --before c1.tif --sted sted.tif --after c2.tif --json",
    )
    .action(async (options: Options) => {
      const [before, sted, after] = (await Promise.all(
        (["before", "sted", "after"] as const).map((role) => readFrame(options[role], role)),
      )) as [Image, Image, Image];
      const score = await scoreOnce(sted, options.model);
      const settings = options.settings === undefined ? {} : parseSettings(options.settings);
      const values = evaluateObjectives({ before, sted, after, score, settings });
      if (options.json) return printJson(values);
      for (const [name, v] of Object.entries(values)) {
        print(
          `${name.padEnd(14)} ${v.value === null ? `–  (${v.reason})` : `${v.value.toPrecision(4)} ${v.unit}`}`,
        );
      }
    });
}
