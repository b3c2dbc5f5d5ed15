import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../core/index.js";
import { type Card, cardSchema, openBundle } from "../scoring/index.js";
import { defaultChannels, type NetworkSpec, networkSpec, networkTable, printTable } from "./network.js";
import type { Weights } from "./network-weights.js";
import { exportOnnx } from "./onnx-export.js";
import { exportTfjs, graphWeightsFile } from "./tfjs-export.js";

/** A card before the files are there to be hashed. */
export type CardDraft = Omit<Card, "weights" | "schema" | "scoring">;

/** Writes a model bundle (design.md §5): the network's files, card.json with their hashes, card.md for people. */
export function writeBundle(folder: string, spec: NetworkSpec, weights: Weights, draft: CardDraft): Card {
  const onnx = exportOnnx(spec, weights, {
    model: draft.name,
    version: draft.version,
    created: draft.created,
  });
  const tfjs = exportTfjs(spec, weights);
  const files: Record<string, Uint8Array | string> = {
    "model.onnx": onnx,
    "tfjs/model.json": tfjs.modelJson,
    [`tfjs/${graphWeightsFile}`]: tfjs.weights,
  };
  const hashes = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")]),
  );
  const card = cardSchema.parse({ schema: 1, ...draft, weights: hashes });
  for (const [name, bytes] of Object.entries(files)) replace(join(folder, name), bytes);
  writeCard(folder, card, spec);
  return card;
}

/** Rewrites the card of a bundle and its text for people; the network stays. */
export async function updateCard(folder: string, change: (card: Card) => Card): Promise<void> {
  const { card } = await openBundle(folder);
  const next = cardSchema.parse(change(card));
  const { architecture: arch, poolStride, input } = next;
  const channels = poolStride === 1 ? defaultChannels.map((c) => c / 4) : defaultChannels;
  writeCard(folder, next, networkSpec({ arch, poolStride, input: [input.height, input.width], channels }));
}

/** card.json (last: a folder with it is whole) and card.md. */
function writeCard(folder: string, card: Card, spec: NetworkSpec): void {
  replace(join(folder, "card.md"), cardText(card, spec));
  replace(join(folder, "card.json"), `${compactJson(card)}\n`);
}

/** Two spaces deep, but each list of numbers on one line. */
function compactJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /\[\s+([-\d.,e+\s]+?)\s+\]/g,
    (_, inner: string) => `[${inner.replace(/\s+/g, " ")}]`,
  );
}

function replace(file: string, bytes: Uint8Array | string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, bytes);
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the bundle cannot be written", { where: file, cause });
  }
}

function cardText(card: Card, spec: NetworkSpec): string {
  const section = (title: string, value: unknown): string => `## ${title}\n\n${bullets(value, 0)}\n`;
  const { training, metrics } = card;
  return [
    `# ${card.name} ${card.version}`,
    "",
    ...(card.notice === undefined ? [] : [`**${card.notice}**`, ""]),
    `A ${card.architecture} network for frames of ${card.input.height} x ${card.input.width} pixels of ${card.input.pixelSizeNm} nm, in ${card.input.unit}.`,
    `Structures: ${card.structures.join(", ")}. Licence: ${card.licence}. Made ${card.created} from commit ${card.sourceCommit}.`,
    "",
    "Its answer is a number from 0 (useless) to 1 (as good as it gets). It is null, with a reason, where a frame shows",
    "nothing to rate. Outside the frames it was trained on the flag `inDomain` is false and the number means little.",
    "",
    section("Training", training),
    section("Measured", metrics),
    "## Layers",
    "",
    printTable(networkTable(spec)),
    "",
  ].join("\n");
}

function bullets(value: unknown, depth: number): string {
  const pad = "  ".repeat(depth);
  return Object.entries(value as Record<string, unknown>)
    .map(([key, item]) => {
      if (item !== null && typeof item === "object" && !Array.isArray(item)) {
        return `${pad}- ${key}:\n${bullets(item, depth + 1)}`;
      }
      return `${pad}- ${key}: ${typeof item === "string" ? item : JSON.stringify(item)}`;
    })
    .join("\n");
}
