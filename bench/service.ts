import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ZmqFramesRig } from "../drivers/zmq-frames/index.js";
import { decodeImageFile, silentLogger, systemClock } from "../src/core/index.js";
import { openBundle, Scorer } from "../src/scoring/index.js";
import type { Row } from "./row-shared.js";

const root = join(import.meta.dirname, import.meta.dirname.includes("/dist/") ? "../.." : "..");
const frameFile = join(root, "demo", "real", "actin_dendrite_1.tif");
const rounds = 3;
const perRound = 60;
/** Some seconds of work for one core. */
const folderFiles = 400;
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
    await folderRow(row),
  ];
}

/**
 * A folder of TIFF files by all cores beside one core times their number: 1 is all that there is to gain. The one core is
 * the only one that its process may use: with one scoring thread alone the reading would go on beside it, on a second core.
 */
async function folderRow(row: (name: string, ours: number, theirs: number) => Row): Promise<Row> {
  const cores = availableParallelism();
  const pinned = spawnSync("taskset", ["--version"]).status === 0;
  const folder = mkdtempSync(join(tmpdir(), "stedloop-bench-"));
  try {
    for (let i = 0; i < folderFiles; i++) cpSync(frameFile, join(folder, `${i}.tif`));
    const sides = [
      { sum: 0, child: await child("folder", folder, String(cores)) },
      { sum: 0, child: await childOf(pinned ? ["taskset", "-c", "0"] : [], "folder", folder, "1") },
    ];
    for (let round = 0; round <= rounds; round++) {
      for (const side of sides) {
        const { perSecond } = await side.child.ask();
        // The first round warms up.
        if (round > 0) side.sum += 1 / Number(perSecond);
      }
    }
    for (const { child } of sides) child.end();
    const [all = 0, one = 0] = sides.map(({ sum }) => rounds / sum);
    const what = pinned ? "one core" : "one scoring thread";
    return row(`a folder of ${folderFiles} by ${cores} cores / ${cores} times ${what}`, all, cores * one);
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

interface Child {
  readonly said: Readonly<Record<string, unknown>>;
  /** Its answer to a line on its standard input. */
  ask(): Promise<Readonly<Record<string, unknown>>>;
  end(): void;
}

/** Starts a role of service-worker.ts; resolves with the line that it says when it is ready. */
function child(...words: readonly string[]): Promise<Child> {
  return childOf([], ...words);
}

/** @param under program and arguments that it is started by */
async function childOf(under: readonly string[], ...words: readonly string[]): Promise<Child> {
  const entry = join(root, "dist", "bench", "service-worker.js");
  const [program = process.execPath, ...rest] = [...under, process.execPath, entry, ...words];
  const started: ChildProcess = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const { stdout, stdin } = started;
  if (stdout === null || stdin === null) throw new Error("no pipe");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`service-worker ${words[0]} ended`);
    return JSON.parse(value as string) as Readonly<Record<string, unknown>>;
  };
  const ask: Child["ask"] = () => {
    stdin.write("again\n");
    return next();
  };
  return { said: await next(), ask, end: () => void started.kill() };
}
