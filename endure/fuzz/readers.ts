/** Readers of files: images (TIFF, OBF, npy), published weights, configuration. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/cli/package-info.js";
import { loadConfig } from "../../src/config/index.js";
import { decodeImageFile, encodeTiff, type RandomStream, StedError } from "../../src/core/index.js";
import { readTorchWeights } from "../../src/training/import-torch-weights.js";
import { mutated, noise, pick } from "./mutate.js";
import { bytesOf, Complaint, type Surface } from "./surface.js";

const root = packageRoot;
/** Most bytes of pixels that a damaged header may ask for here. */
const maxBytes = 16 * 2 ** 20;
const largestSeed = 200_000;

/** Sound files to start from: those of the tests in a checkout, and one of our own. */
function seeds(match: RegExp): Uint8Array[] {
  const pixels = Uint16Array.from({ length: 64 }, (_, i) => i * 7);
  const found = [encodeTiff({ pixels, shape: [8, 8], pixelSizeNm: 20 })];
  for (const folder of ["images", "obf"].map((name) => join(root, "test", "core", "fixtures", name))) {
    // An installed package has no tests.
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).filter((entry) => match.test(entry))) {
      const bytes = readFileSync(join(folder, name));
      if (bytes.length <= largestSeed) found.push(bytes);
    }
  }
  return found;
}

async function typed(input: Uint8Array, read: () => unknown): Promise<Uint8Array> {
  try {
    await read();
  } catch (thrown) {
    if (!(thrown instanceof StedError)) throw new Complaint(`no typed error: ${String(thrown)}`, input);
    if (thrown.message.length > 2000) throw new Complaint("a message longer than a page", input);
  }
  return input;
}

export async function images(): Promise<Surface> {
  const corpus = seeds(/\.(tiff?|obf|msr|npy)$/);
  return {
    feed: (random) => {
      const input =
        random.uniform() < 0.02 ? noise(random.int(400), random) : mutated(pick(corpus, random), random);
      return typed(input, () => decodeImageFile(input, "image", { maxBytes }));
    },
  };
}

/** Torch's file of weights as far as its beginning: numbers of the published size are too large to be made here. */
export async function weights(): Promise<Surface> {
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  const version = [0x80, 2, 0x4d, 0xe9, 3, 0x2e];
  const pickled = (text: string): number[] => [0x58, text.length, 0, 0, 0, ...Buffer.from(text, "latin1")];
  const machine = [0x80, 2, 0x7d, 0x71, 0, ...pickled("little_endian"), 0x71, 1, 0x88, 0x73, 0x2e];
  const state = [
    0x80,
    2,
    0x63,
    ...Buffer.from("collections\nOrderedDict\n"),
    0x71,
    0,
    0x29,
    0x52,
    0x71,
    1,
    0x2e,
  ];
  const keys = [0x80, 2, 0x5d, 0x71, 0, ...pickled("0"), 0x61, 0x2e];
  const whole = Uint8Array.from([
    ...magic,
    ...version,
    ...machine,
    ...state,
    ...keys,
    ...new Array(64).fill(0),
  ]);
  return {
    feed: (random) => {
      const input = mutated(whole, random);
      return typed(input, () => readTorchWeights(input));
    },
  };
}

export async function config(): Promise<Surface> {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-fuzz-"));
  const file = join(folder, "c.yaml");
  const names = readdirSync(join(root, "config")).filter((name) => name.endsWith(".yaml"));
  const corpus = names.map((name) => readFileSync(join(root, "config", name), "utf8"));
  return {
    feed: (random) => {
      const text = pick(corpus, random);
      const input =
        random.uniform() < 0.5 ? mutated(bytesOf(text), random) : bytesOf(rewritten(text, random));
      writeFileSync(file, input);
      return typed(input, () => loadConfig(file));
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const odd = [
  "~",
  "-1",
  "1e999",
  ".nan",
  "[]",
  "{}",
  "*x",
  "&x [*x]",
  "!!binary x",
  "'",
  "0x10",
  "2026-01-01",
  "null",
];

/** The text with some of its values and lines exchanged. */
function rewritten(text: string, random: RandomStream): string {
  const lines = text.split("\n");
  for (let i = 0; i < 1 + random.int(4); i++) {
    const at = random.int(lines.length);
    const line = lines[at] as string;
    const kind = random.int(4);
    if (kind === 0) lines[at] = line.replace(/:.*/, `: ${pick(odd, random)}`);
    else if (kind === 1) lines.splice(at, 1);
    else if (kind === 2) lines.splice(at, 0, lines[random.int(lines.length)] as string);
    else lines[at] = `  ${line}`;
  }
  return lines.join("\n");
}
