import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import {
  defectNames,
  loadMoleculeMap,
  type MoleculeMap,
  renderFrame,
  type Structure,
  structures,
} from "../../../drivers/simulated/index.js";
import { checkYaml, sampleSchema } from "../../config/index.js";
import { encodeTiff, ProtocolError, systemClock, UsageError, unknownName } from "../../core/index.js";
import { simulateDataset } from "../../training/index.js";
import { dyeOption, integer, modeOption, number, parseSettings, seed } from "../options.js";
import { Progress, print, printJson, say } from "../output.js";

interface FrameOptions {
  readonly structure?: string;
  readonly map?: string;
  readonly molecules: number;
  readonly pixelSize?: number;
  readonly sample?: string;
  readonly settings: string;
  readonly kind: "sted" | "confocal";
  readonly mode: "rig" | "anchor";
  readonly dye: "gym" | "atto";
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}
interface DatasetOptions {
  readonly structure: string;
  readonly count: number;
  readonly views: number;
  readonly moreOf?: readonly string[];
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}

export function command(): Command {
  const frame = new Command("frame")
    .description("One simulated frame, written as TIFF.")
    .option("--structure <name>", `what to image: ${structures.join(", ")}`)
    .option("--map <file>", "or a molecule map (.npy, TIFF or a one-image .obf, 20 nm pixels)")
    .option("--molecules <a>", "molecules a pixel = floor(a × map value)", number(0), 1)
    .option("--pixel-size <nm>", "of the map, where its file does not say (default 20)", number(1))
    .requiredOption("--settings <json>", "named numbers, as in a rig's step")
    .addOption(new Option("--kind <kind>", "which frame").choices(["sted", "confocal"]).default("sted"))
    .option(
      "--sample <json>",
      "with --structure: density, labelling, background… (docs/config.md, rig.sample)",
    )
    .addOption(modeOption())
    .addOption(dyeOption())
    .option("--seed <n>", "seed of sample and noise", seed, 1)
    .requiredOption("--out <file>", "the TIFF to write")
    .option("--json", "one JSON document on stdout")
    .action(simulateFrame);
  const dataset = new Command("dataset")
    .description("Frames with their true rating and a simulated rater's labels.")
    .option("--structure <name>", `what to image: ${structures.join(", ")}`, "actin")
    .option("--count <n>", "how many frames", integer(1, 1_000_000), 1140)
    .option("--views <n>", "frames of each field of view, with different settings", integer(1, 100), 1)
    .option(
      "--more-of <defects>",
      `defects to draw three times as often, comma-separated: ${defectNames.join(", ")}`,
      (text: string) => text.split(",").map((name) => name.trim()),
    )
    .option("--seed <n>", "seed of everything", seed, 1)
    .requiredOption("--out <folder>", "the folder to write")
    .option("--json", "one JSON document on stdout")
    .action(simulateSet);
  return new Command("simulate")
    .description("Frames of the simulated STED microscope.")
    .addCommand(frame)
    .addCommand(dataset)
    .addHelpText(
      "after",
      `\nExamples:\n  stedloop simulate frame --structure actin --settings '{"depletionPowerMw":120,"excitationPowerUw":10,"dwellTimeUs":10}' --out frame.tif\n  stedloop simulate dataset --structure tubulin --count 200 --out sets/tubulin`,
    );
}

function structureOf(name: string): Structure {
  const found = structures.find((s) => s === name);
  if (found === undefined) throw unknownName("structure", name, structures);
  return found;
}

async function simulateFrame(options: FrameOptions): Promise<void> {
  const { structure, map } = options;
  if ((structure === undefined) === (map === undefined)) {
    throw new UsageError("BAD_OPTION", "give either --structure or --map");
  }
  if (map !== undefined && options.sample !== undefined) {
    throw new UsageError("BAD_OPTION", "--sample tunes a --structure; a --map is taken as it is");
  }
  if (map === undefined && options.pixelSize !== undefined) {
    throw new UsageError("BAD_OPTION", "--pixel-size is that of a --map; structures have pixels of 20 nm");
  }
  const tuning =
    options.sample === undefined ? {} : { tuning: checkYaml(options.sample, "--sample", sampleSchema) };
  const sample =
    map === undefined
      ? { structure: structureOf(structure ?? ""), ...tuning }
      : { map: await readMap(map, options.molecules, options.pixelSize) };
  const settings = parseSettings(options.settings);
  const began = systemClock.monotonic();
  const frame = refuse(() =>
    renderFrame({
      sample,
      settings,
      kind: options.kind,
      mode: options.mode,
      dye: options.dye,
      seed: options.seed,
    }),
  );
  const ms = systemClock.monotonic() - began;
  const { pixels, shape, pixelSizeNm } = frame;
  write(options.out, encodeTiff({ pixels, shape, pixelSizeNm }));
  const { meanCounts, maxCounts, molecules, resolutionNm, method, trueRating } = frame;
  if (options.json) printJson({ meanCounts, maxCounts, molecules, resolutionNm, method, trueRating, ms });
  else
    print(
      `${options.out}: ${shape[1]} × ${shape[0]} px, mean ${meanCounts.toFixed(2)} and at most ${maxCounts} counts, true rating ${trueRating.toFixed(2)} (${method}, ${ms.toFixed(0)} ms)`,
    );
}

async function simulateSet(options: DatasetOptions): Promise<void> {
  const structure = structureOf(options.structure);
  const progress = new Progress("simulate", () => systemClock.monotonic());
  const made = await simulateDataset({
    structure,
    count: options.count,
    views: options.views,
    ...(options.moreOf === undefined ? {} : { moreOf: options.moreOf }),
    seed: options.seed,
    out: options.out,
    onProgress: (done: number, total: number) => progress.update(done, total),
  });
  if (options.json) printJson(made);
  else print(`${options.count} frames of ${structure} in ${options.out}`);
}

/** Settings that the microscope cannot take are wrong use here, not a rig's refusal. */
function refuse<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof ProtocolError)
      throw new UsageError(thrown.code, thrown.message, { where: "--settings", cause: thrown });
    throw thrown;
  }
}

/** Says what was done to a map that is not on 20 nm pixels. */
async function readMap(file: string, molecules: number, pixelSizeNm?: number): Promise<MoleculeMap> {
  const given = pixelSizeNm === undefined ? {} : { pixelSizeNm };
  const { map, notes } = await loadMoleculeMap(file, { molecules, ...given });
  for (const note of notes) say(`${file}: ${note}`);
  return map;
}

function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (cause) {
    throw new UsageError("FILE_UNWRITABLE", (cause as Error).message, { where: "--out", cause });
  }
}
