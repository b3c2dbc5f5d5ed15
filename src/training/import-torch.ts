import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  type Clock,
  InputError,
  StoreError,
  systemClock,
  timestamp,
  UsageError,
  unknownName,
} from "../core/index.js";
import { type Card, cardSchema } from "../scoring/index.js";
import { exportPublished } from "./import-torch-network.js";
import { readTorchWeights } from "./import-torch-weights.js";

export interface ImportTorchOptions {
  /** The `params.net` of a published network. */
  readonly params: string;
  /** JSON: `{min, max, scaling, …}` or `{networks: {NAME: that}}`; other keys are ignored. */
  readonly stats: string;
  /** Which of `networks`; default: the only one, or the one that the folder of `params` is named after. */
  readonly network?: string;
  /** Folder of the bundle. */
  readonly out: string;
  readonly clock?: Clock;
}
export interface ImportTorchResult {
  readonly folder: string;
  readonly name: string;
  readonly card: Card;
  /** Text of the licence that lay beside the weights; null when none did. It travels with the bundle. */
  readonly licence: string | null;
}

/** How the training images' values followed from counts: value = (counts + offset) / divisor. */
const scalings: Readonly<Record<string, { readonly offset: number; readonly divisor: number }>> = {
  "(v+32768)/65535": { offset: 32768, divisor: 65535 },
  "v/65536": { offset: 0, divisor: 65536 },
};
const rowSchema = z.object({
  min: z.number().finite(),
  max: z.number().finite(),
  scaling: z.string(),
  protein: z.string().optional(),
});
const statsSchema = z.union([z.object({ networks: z.record(z.string(), rowSchema) }), rowSchema]);
type Row = z.infer<typeof rowSchema>;

/**
 * Makes a model bundle of one of the published legacy PyTorch networks. Its score, heatmap and mask are the
 * original's (published_networks: pooling, crops, activation, normalisation, Otsu mask of the blurred counts).
 * @throws InputError for files that are not what they should be, UsageError for an unknown network or scaling
 */
export function importTorch(options: ImportTorchOptions): ImportTorchResult {
  const params = read(options.params);
  const { name, row } = chooseRow(options);
  const normalisation = normalisationOf(row, options.stats);
  const weights = inFile(options.params, () => readTorchWeights(params));
  const licence = licenceBeside(options.params);
  const created = timestamp(options.clock ?? systemClock);
  const onnx = exportPublished(weights, { model: name, source: basename(options.params) });
  const title = `published-${name.toLowerCase().replace(/[^a-z0-9._-]+/g, "-")}`;
  const card = cardSchema.parse({
    schema: 1,
    name: title,
    version: "1",
    notice: "Imported: a published network under its authors' own licence; read LICENSE before you use it.",
    architecture: "fcn",
    poolStride: 2,
    input: { height: 224, width: 224, pixelSizeNm: 20, unit: "photon counts" },
    normalisation,
    structures: [row.protein ?? name],
    training: {
      source: "PDKlab/STEDQualityRatingFCN, legacy PyTorch weights, rated by people",
      file: basename(options.params),
      sha256: createHash("sha256").update(params).digest("hex"),
      statistics: { min: row.min, max: row.max, scaling: row.scaling },
    },
    metrics: {},
    conformal: null,
    domain: null,
    scoring: { rule: "masked-heatmap", sigmaPx: 10, truncate: 4, sizeMultiple: 32 },
    licence: licence === null ? "unknown: see the authors" : "the authors' own, see LICENSE (non-commercial)",
    created,
    sourceCommit: "",
    weights: { "model.onnx": createHash("sha256").update(onnx).digest("hex") },
  });
  write(join(options.out, "model.onnx"), onnx);
  if (licence !== null) write(join(options.out, "LICENSE"), licence);
  write(join(options.out, "card.md"), cardText(card, licence));
  write(join(options.out, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
  return { folder: resolve(options.out), name: title, card, licence };
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError("NO_FILE", code === "ENOENT" ? "there is no such file" : `cannot be read: ${code}`, {
      where: path,
      cause,
    });
  }
}

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
    throw new InputError(thrown.code, thrown.message, { where: path, cause: thrown, ...hint });
  }
}

function chooseRow({ stats, network, params }: ImportTorchOptions): {
  readonly name: string;
  readonly row: Row;
} {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(read(stats)));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("BAD_STATS", `is no JSON: ${(cause as Error).message}`, { where: stats, cause });
  }
  const parsed = statsSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError("BAD_STATS", "has no min, max and scaling, nor networks with them", {
      where: stats,
    });
  }
  const folder = basename(dirname(resolve(params)));
  if (!("networks" in parsed.data)) return { name: network ?? folder, row: parsed.data };
  const rows = parsed.data.networks;
  const names = Object.keys(rows);
  const name = network ?? (names.length === 1 ? names[0] : names.find((n) => n === folder));
  if (name === undefined) {
    throw new UsageError("WHICH_NETWORK", `${stats} has ${names.length} networks`, {
      hint: `--network ${names.join("|")}`,
    });
  }
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  if (row === undefined) throw unknownName("network", name, names);
  return { name, row };
}

/** x = clip((value − min) / (0.8 (max − min)), 0, 1), told in counts. */
function normalisationOf({ min, max, scaling }: Row, stats: string): Card["normalisation"] {
  const known = scalings[scaling.replace(/\s+/g, "")];
  if (known === undefined) {
    throw new InputError("UNKNOWN_SCALING", `the scaling '${scaling}' is not known`, {
      where: stats,
      hint: `one of ${Object.keys(scalings).join(", ")}`,
    });
  }
  if (!(max > min)) throw new InputError("BAD_STATS", "max is not above min", { where: stats });
  return {
    offset: min * known.divisor - known.offset,
    scale: 0.8 * (max - min) * known.divisor,
    clip: 1,
  };
}

/** LICENSE in the weights' folder or the one above. */
function licenceBeside(params: string): string | null {
  const folder = dirname(resolve(params));
  for (const name of ["LICENSE", "LICENSE.txt", "LICENSE.md"]) {
    for (const path of [join(folder, name), join(dirname(folder), name)]) {
      if (existsSync(path)) return readFileSync(path, "utf8");
    }
  }
  return null;
}

function write(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.part`, content);
    renameSync(`${path}.part`, path);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the bundle cannot be written", { where: path, cause });
  }
}

function cardText(card: Card, licence: string | null): string {
  return [
    `# ${card.name}`,
    "",
    `**${card.notice}**`,
    "",
    "A fully convolutional quality network, imported from its authors' PyTorch file without running any of it. Its",
    "heatmap, foreground and score are computed as the authors compute them; it has no interval and no domain flag of",
    "its own. `inDomain` is false where a frame is saturated or shows no structure above its noise.",
    "",
    "## Licence",
    "",
    licence ?? "None lay beside the weights. Ask the authors.",
    "",
  ].join("\n");
}
