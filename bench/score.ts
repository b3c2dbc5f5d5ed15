import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decode } from "tiff";
import { decodeImageFile, fromRegistry, type Image, systemClock, UsageError } from "../src/core/index.js";
import { type Bundle, engines, listBundles, openBundle, Scorer, scoreImage } from "../src/scoring/index.js";
import type { Row } from "./row-shared.js";

const root = join(import.meta.dirname, import.meta.dirname.includes("/dist/") ? "../.." : "..");
/** Both sides take turns, so that a busy machine slows both. */
const block = 10;
/** First calls of each turn, left out: the other side's caches are still there. */
const settle = 2;

/**
 * `npm run bench score [-- model=NAME|DIR] [blocks=N]`: milliseconds a frame of 224 x 224 counts in memory to a whole
 * score record (checks, foreground, normalisation, engine, interval, domain flag, the way to the scoring thread and
 * back) beside the bare onnxruntime call, same threads, medians. Aim: at most 1.10 with both in one thread; the way to
 * the scoring thread and back, which keeps the daemon's own thread free, is in the second row. Reading the frame from a
 * TIFF is a row of its own, beside the npm package `tiff`.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const options = new Map(args.map((a) => a.replace(/^-+/, "").split("=") as [string, string]));
  const chosen = options.get("model");
  const names = chosen === undefined ? await listBundles() : [chosen];
  if (names.length === 0)
    throw new UsageError("NO_MODEL", "there is no model to measure", { hint: "model=DIR" });
  const blocks = Number(options.get("blocks") ?? 20);
  const images = await realFrames();
  const rows: Row[] = [];
  for (const name of names) {
    const bundle = await openBundle(name);
    for (const threads of [1, 2]) rows.push(...(await scoreRows(bundle, threads, images, blocks)));
  }
  rows.push(await tiffRow(blocks));
  return rows;
}

async function realFrames(): Promise<Image[]> {
  const folder = join(root, "demo", "real");
  const files = readdirSync(folder).filter((f) => f.endsWith(".tif"));
  const read = await Promise.all(files.map((f) => decodeImageFile(join(folder, f))));
  return read.flatMap(({ planes }) =>
    planes.map(({ pixels, shape }) => ({ pixels, shape, pixelSizeNm: 20 })),
  );
}

async function scoreRows(
  bundle: Bundle,
  threads: number,
  images: readonly Image[],
  blocks: number,
): Promise<Row[]> {
  const { card } = bundle;
  const engine = await (await fromRegistry("engine", engines, "onnx-cpu"))({
    onnx: bundle.onnx,
    tfjs: null,
    input: [card.input.height, card.input.width],
    threads,
    remote: null,
  });
  const scorer = await Scorer.open(bundle, { engine: "onnx-cpu", threads });
  const session = await InferenceSession.create(bundle.onnx, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const { height, width } = bundle.card.input;
  const { offset, scale, clip } = bundle.card.normalisation;
  const inputs = images.map(({ pixels }) => {
    const data = Float32Array.from(pixels, (v) => Math.min(clip, Math.max(0, (v - offset) / scale)));
    return new Tensor("float32", data, [1, 1, height, width]);
  });
  const ours: number[] = [];
  const hopped: number[] = [];
  const theirs: number[] = [];
  const sides: readonly (readonly [number[], (i: number) => Promise<unknown>])[] = [
    [ours, (i) => scoreImage(images[i] as Image, card, engine, systemClock)],
    [theirs, (i) => session.run({ image: inputs[i] as Tensor })],
    [hopped, (i) => scorer.score(images[i] as Image)],
  ];
  for (let b = 0; b < blocks; b++) {
    // The order goes round: a library's own threads stay awake for a while and slow whoever comes next.
    for (let turn = 0; turn < sides.length; turn++) {
      const [times, work] = sides[(turn + b) % sides.length] as (typeof sides)[number];
      for (let i = 0; i < block; i++) {
        const ms = await timed(() => work((b + i) % images.length));
        if (b >= sides.length && i >= settle) times.push(ms);
      }
    }
  }
  await scorer.close();
  await engine.close();
  await session.release();
  const words = `score ${card.name} ${card.architecture}, ${threads} thread${threads > 1 ? "s" : ""}`;
  return [
    row(`${words}, beside bare onnxruntime`, ours, theirs),
    row(`${words}, through the scoring thread`, hopped, theirs),
  ];
}

async function tiffRow(blocks: number): Promise<Row> {
  const bytes = readFileSync(join(root, "demo", "real", "actin_dendrite_1.tif"));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < block; i++) ours.push(await timed(() => decodeImageFile(bytes)));
    for (let i = 0; i < block; i++) theirs.push(await timed(async () => decode(bytes)));
  }
  return row("read a TIFF frame to counts, beside npm tiff", ours, theirs);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function row(name: string, ours: number[], theirs: number[]): Row {
  const a = median(ours);
  const b = median(theirs);
  return { name, ours: a, theirs: b, ratio: a / b, unit: "ms/frame" };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
