import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { z } from "zod";
import { InputError, UsageError, unknownName } from "../core/index.js";
import { type Card, cardSchema } from "./card.js";

/** A model bundle whose files were read and found to be those that the card names. */
export interface Bundle {
  readonly folder: string;
  readonly card: Card;
  /** model.onnx */
  readonly onnx: Uint8Array;
  /** SHA-256 (hex) of model.onnx: the identity of the network in the journal. */
  readonly hash: string;
  /** The folder of the TensorFlow form, where the bundle has one. */
  readonly tfjs: string | null;
}

/** The `models/` folder that comes with the package, wherever this file was built to. */
export function shippedModels(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "models");
}

/** Names of the bundles in a folder (default: the shipped ones), sorted. */
export async function listBundles(folder: string = shippedModels()): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((e) => e.isDirectory() && existsSync(join(folder, e.name, "card.json")))
    .map((e) => e.name)
    .sort();
}

/**
 * Opens a bundle: a bare name means one of the shipped `models/`, anything else a folder. Every file that the card
 * names is read and its hash compared.
 * @throws UsageError for an unknown name, InputError when card and weights are broken or disagree
 */
export async function openBundle(nameOrFolder: string): Promise<Bundle> {
  const folder = await bundleFolder(nameOrFolder);
  const card = await readCard(join(folder, "card.json"));
  const files = new Map<string, Uint8Array>();
  for (const [name, expected] of Object.entries(card.weights)) {
    const path = inside(folder, name);
    const bytes = await readFile(path).catch((cause) => {
      throw new InputError("MODEL_INCOMPLETE", `the card names ${name}, which is not there`, {
        where: folder,
        cause,
      });
    });
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== expected) {
      throw new InputError("MODEL_HASH", `${name} is not the file that the card was written for`, {
        where: path,
        hint: "take card and weights from the same bundle",
        data: { expected, found },
      });
    }
    files.set(name, bytes);
  }
  const onnx = files.get("model.onnx");
  if (onnx === undefined) {
    throw new InputError("MODEL_INCOMPLETE", "the card names no model.onnx", { where: folder });
  }
  return {
    folder,
    card,
    onnx,
    hash: card.weights["model.onnx"] as string,
    tfjs: files.has("tfjs/model.json") ? join(folder, "tfjs") : null,
  };
}

async function bundleFolder(nameOrFolder: string): Promise<string> {
  const bare = !isAbsolute(nameOrFolder) && !/[\\/]/.test(nameOrFolder) && nameOrFolder !== ".";
  if (bare) {
    const shipped = join(shippedModels(), nameOrFolder);
    if (existsSync(join(shipped, "card.json"))) return shipped;
  }
  const folder = resolve(nameOrFolder);
  if (existsSync(join(folder, "card.json"))) return folder;
  if (existsSync(folder) && statSync(folder).isDirectory()) {
    throw new InputError("NOT_A_MODEL", "this folder holds no card.json", { where: folder });
  }
  if (bare) throw unknownName("model", nameOrFolder, await listBundles());
  throw new UsageError("NO_MODEL", "there is no such model folder", { where: nameOrFolder });
}

async function readCard(path: string): Promise<Card> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new InputError("BAD_CARD", `card.json cannot be read: ${(cause as Error).message}`, {
      where: path,
      cause,
    });
  }
  const parsed = cardSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError("BAD_CARD", z.prettifyError(parsed.error).replace(/\s*\n\s*/g, " "), {
      where: path,
    });
  }
  return parsed.data;
}

/** A card must not point outside its own folder. */
function inside(folder: string, name: string): string {
  const path = normalize(join(folder, name));
  if (!path.startsWith(normalize(folder) + sep)) {
    throw new InputError("BAD_CARD", `the card names a file outside its folder: ${name}`, { where: folder });
  }
  return path;
}
