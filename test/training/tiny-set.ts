import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeTiff,
  framePath,
  type Label,
  RandomStream,
  type Split,
  writeDataset,
} from "../../src/core/index.js";

export const side = 64;

/** Stripes of 8 px whose contrast is the rating, with photon noise: a network learns it in seconds. */
export function stripes(rating: number, random: RandomStream): Uint16Array {
  const phase = random.between(0, 2 * Math.PI);
  const across = random.uniform() < 0.5;
  return Uint16Array.from({ length: side * side }, (_, i) => {
    const at = across ? i % side : Math.floor(i / side);
    const mean = 30 * (1 + rating * Math.sin((2 * Math.PI * at) / 8 + phase));
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  });
}

interface TinySetOptions {
  /** One true rating for all. */
  readonly rating?: number;
  readonly seed?: number;
  /** What the rater says of a true rating; default the same. */
  readonly rated?: (trueRating: number) => number;
  /** Default true. */
  readonly truthKnown?: boolean;
}

/** A folder in the Dataset format with `count` striped frames, split 60/20/20. */
export function tinySet(count: number, options: TinySetOptions = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-set-"));
  mkdirSync(join(folder, "frames"));
  const random = RandomStream.of(options.seed ?? 1, "tiny set");
  const splitOf = (i: number): Split => (i % 5 === 3 ? "validation" : i % 5 === 4 ? "test" : "train");
  const labels: Label[] = Array.from({ length: count }, (_, i) => {
    const rating = options.rating ?? Math.round(random.uniform() * 100) / 100;
    const id = `f${String(i).padStart(3, "0")}`;
    writeFileSync(
      framePath(folder, id),
      encodeTiff({ pixels: stripes(rating, random), shape: [side, side], pixelSizeNm: 20 }),
    );
    return {
      id,
      rating: options.rated?.(rating) ?? rating,
      rater: "test",
      structure: "stripes",
      split: splitOf(i),
      trueRating: options.truthKnown === false ? null : rating,
      values: {},
      notes: {},
    };
  });
  const ids = (split: Split): string[] => labels.filter((l) => l.split === split).map((l) => l.id);
  writeDataset(
    folder,
    {
      name: "stripes",
      version: "1",
      pixelSizeNm: 20,
      structures: ["stripes"],
      licence: "MIT",
      simulated: true,
      split: { train: ids("train"), validation: ids("validation"), test: ids("test") },
    },
    labels,
    [],
  );
  return folder;
}
