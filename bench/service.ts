import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ZmqFramesRig } from "../drivers/zmq-frames/index.js";
import { decodeImageFile, silentLogger, systemClock } from "../src/core/index.js";
import { type Bundle, openBundle, Scorer, ScorerPool, scoreFiles } from "../src/scoring/index.js";
import type { Row } from "./row-shared.js";

const root = join(import.meta.dirname, import.meta.dirname.includes("/dist/") ? "../.." : "..");
const frameFile = join(root, "demo", "real", "actin_dendrite_1.tif");
const rounds = 3;
const perRound = 60;
/** Requests under way at once, of either client. */
const ahead = 4;

/**
 * `npm run bench service`: frames a second from another process to a score, beside a plain service that takes JSON rows of
 * counts by HTTP and runs the same network bare, once each (as the authors' own server does it in Python). By ZeroMQ ours does
 * all of the score path (checks, foreground, interval, domain flag); the row "to counts in memory" leaves the network out of
 * both. Then a folder of files by all cores beside one.
 */
export async function run(): Promise<readonly Row[]> {
  const bundle = await openBundle("actin");
  const [plane] = (await decodeImageFile(frameFile)).planes;
  if (plane === undefined) throw new Error("no frame");
  const [height, width] = plane.shape;
  const rows = Array.from({ length: height }, (_, y) => [...plane.pixels.slice(y * width, (y + 1) * width)]);
  const service = await child("json", "actin");
  const scorer = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
  const sums = { theirs: 0, zmq: 0, zmqBare: 0, jsonBare: 0 };
  try {
    const url = `http://127.0.0.1:${service.said.port}/`;
    // A client builds the text for each frame; so does this one.
    const post = async (): Promise<unknown> =>
      (await fetch(url, { method: "POST", body: JSON.stringify({ image: rows }) })).json();
    for (let round = 0; round <= rounds; round++) {
      const found = {
        theirs: await rate(() => inTurns(perRound, post)),
        zmq: await published(perRound, (image) => scorer.score(image)),
        zmqBare: await published(perRound * 10, async () => undefined),
        jsonBare: await rate(async () => {
          for (let i = 0; i < perRound; i++) {
            Float32Array.from(
              (JSON.parse(JSON.stringify({ image: rows })) as { image: number[][] }).image.flat(),
            );
          }
        }),
      };
      // The first round warms up.
      if (round > 0)
        for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += 1 / found[key];
    }
  } finally {
    service.end();
    await scorer.close();
  }
  const perSecond = (key: keyof typeof sums, frames = perRound): number => (frames * rounds) / sums[key];
  const row = (name: string, ours: number, theirs: number): Row => ({
    name,
    ours,
    theirs,
    ratio: ours / theirs,
    unit: "frames/s",
  });
  return [
    row("scored by ZeroMQ / JSON over HTTP", perSecond("zmq"), perSecond("theirs")),
    row(
      "to counts in memory, ZeroMQ / JSON text",
      perSecond("zmqBare", perRound * 10),
      perSecond("jsonBare"),
    ),
    await folderRow(bundle, row),
  ];
}

/** A folder of TIFF files by all cores beside one core times their number: 1 is all that there is to gain. */
async function folderRow(
  bundle: Bundle,
  row: (name: string, ours: number, theirs: number) => Row,
): Promise<Row> {
  const cores = availableParallelism();
  const folder = mkdtempSync(join(tmpdir(), "stedloop-bench-"));
  try {
    mkdirSync(join(folder, "f"));
    const files = Array.from({ length: 150 }, (_, i) => join(folder, "f", `${i}.tif`));
    for (const file of files) cpSync(frameFile, file);
    const sums = [0, 0];
    for (let round = 0; round <= rounds; round++) {
      for (const [side, size] of [cores, 1].entries()) {
        const pool = await ScorerPool.open(bundle, size, { engine: "onnx-cpu", threads: 1 });
        const took = await rate(async () => {
          for await (const _ of scoreFiles(files, pool, { ahead: 2 * size })) void _;
        });
        await pool.close();
        if (round > 0) sums[side] = (sums[side] as number) + 1 / took;
      }
    }
    const perSecond = (side: number): number => (files.length * rounds) / (sums[side] as number);
    return row(`a folder by ${cores} cores / ${cores} times one core`, perSecond(0), cores * perSecond(1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Taker = (image: Parameters<Scorer["score"]>[0]) => Promise<unknown>;

/** How often `count` frames from a publisher in another process would be taken a second, all `count` of them as one. */
async function published(count: number, take: Taker): Promise<number> {
  const publisher = await child("publish", frameFile, String(count));
  const rig = new ZmqFramesRig({
    address: String(publisher.said.address),
    version: "bench",
    clock: systemClock,
    logger: silentLogger,
  });
  await rig.open();
  try {
    let from = 0;
    const done: Promise<unknown>[] = [];
    await new Promise<void>((resolve, reject) => {
      rig.subscribe((event) => {
        if (event.type !== "frame") return;
        if (done.length === 0) from = systemClock.monotonic();
        done.push(take(event.frame).catch(reject));
        if (done.length === count) resolve();
      });
    });
    await Promise.all(done);
    return 1000 / (systemClock.monotonic() - from);
  } finally {
    await rig.close();
    publisher.end();
  }
}

/** Times a second that the work would be done. */
async function rate(work: () => Promise<unknown>): Promise<number> {
  const from = systemClock.monotonic();
  await work();
  return 1000 / (systemClock.monotonic() - from);
}

async function inTurns(count: number, once: () => Promise<unknown>): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: ahead }, one));
}

/** Starts a role of service-worker.ts; resolves with the line that it says when it is ready. */
async function child(
  ...words: readonly string[]
): Promise<{ readonly said: Readonly<Record<string, unknown>>; end(): void }> {
  const entry = join(root, "dist", "bench", "service-worker.js");
  const started: ChildProcess = spawn(process.execPath, [entry, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { stdout } = started;
  if (stdout === null) throw new Error("no pipe");
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).once("line", resolve);
    started.once("exit", (code) => reject(new Error(`service-worker ended with ${code}`)));
  });
  return { said: JSON.parse(line) as Record<string, unknown>, end: () => void started.kill() };
}
