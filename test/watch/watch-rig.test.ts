import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Rig, RigEvent } from "../../drivers/contract.js";
import { type WatchOptions, WatchRig } from "../../drivers/watch/index.js";
import { encodeTiff, type Frame, frameHash, silentLogger, systemClock } from "../../src/core/index.js";

const recordings = join(import.meta.dirname, "..", "..", "demo", "real");

function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A rig with its events kept; `next` resolves with the n-th event of a type. */
async function watchFolder(folder: string, options: Partial<WatchOptions> = {}) {
  const rig: Rig = new WatchRig({
    folder,
    version: "test",
    clock: systemClock,
    logger: silentLogger,
    pollMs: 40,
    settleMs: 60,
    playback: { everyS: 0.01, loop: false },
    ...options,
  });
  onTestFinished(() => rig.close());
  const info = await rig.open();
  const events: RigEvent[] = [];
  const waiting = new Set<() => void>();
  rig.subscribe((event) => {
    events.push(event);
    for (const wake of waiting) wake();
  });
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  const frames = (): Frame[] => events.flatMap((e) => (e.type === "frame" ? [e.frame] : []));
  const faults = () => events.flatMap((e) => (e.type === "fault" ? [e.fault] : []));
  return { rig, info, frames, faults, until };
}

function tiff(seed: number, size = 32): Uint8Array {
  const pixels = Uint16Array.from({ length: size * size }, (_, i) => (i * seed) % 251);
  return encodeTiff({ pixels, shape: [size, size] });
}

describe("what is in the folder already", () => {
  it("is shown in name order, numbers by their value, each frame once", async () => {
    const folder = testFolder();
    for (const n of [10, 2, 1]) writeFileSync(join(folder, `sted ${n}.tif`), tiff(n + 1));
    writeFileSync(join(folder, "sted 3 copy.tif"), tiff(2));
    writeFileSync(join(folder, "before confocal.TIFF"), tiff(20));
    writeFileSync(join(folder, "notes.txt"), "not a frame");
    const { frames, until, info } = await watchFolder(folder);
    await until(() => frames().length === 4);
    expect(frames().map((f) => [f.region, f.kind])).toEqual([
      ["before confocal.TIFF", "confocal"],
      ["sted 1.tif", "sted"],
      ["sted 2.tif", "sted"],
      ["sted 10.tif", "sted"],
    ]);
    expect(frames().map((f) => f.seq)).toEqual([1, 2, 3, 4]);
    expect(new Set(frames().map((f) => f.id)).size).toBe(4);
    expect(frames()[0]).toMatchObject({ pixelSizeNm: 20, origin: "file", shape: [32, 32], saturated: 0 });
    expect(info.capabilities).toMatchObject({ observe: true, regions: "none", parameters: [] });
  });

  it("comes again and again in a loop, as counts: the six real recordings", async () => {
    const names = readdirSync(recordings).filter((n) => n.endsWith(".tif"));
    const folder = testFolder();
    for (const name of names) copyFileSync(join(recordings, name), join(folder, name));
    const before = names.map((n) => readFileSync(join(folder, n)));
    const { frames, until } = await watchFolder(folder, { playback: { everyS: 0.01, loop: true } });
    await until(() => frames().length === 14);
    const shown = frames();
    expect(shown.map((f) => f.region).slice(0, 8)).toEqual([...names, ...names].slice(0, 8));
    expect(new Set(shown.map((f) => f.id)).size).toBe(14);
    const hash = (f: Frame | undefined): string => (f === undefined ? "" : frameHash(f.pixels, f.shape));
    expect(hash(shown[6])).toBe(hash(shown[0]));
    for (const f of shown) expect(Math.max(...f.pixels)).toBeLessThan(2000);
    expect(names.filter((n, i) => before[i]?.equals(readFileSync(join(folder, n))))).toEqual(names);
  });
});

describe("a new file", () => {
  it("that repeats an earlier frame is passed over; one written over anew is shown", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "a.tif"), tiff(5));
    const { frames, until } = await watchFolder(folder);
    await until(() => frames().length === 1);
    writeFileSync(join(folder, "b.tif"), tiff(5));
    writeFileSync(join(folder, "c.tif"), tiff(6));
    await until(() => frames().length === 2);
    writeFileSync(join(folder, "a.tif"), tiff(7));
    await until(() => frames().length === 3);
    expect(frames().map((f) => f.region)).toEqual(["a.tif", "c.tif", "a.tif"]);
  });

  it("that cannot be read is named as a fault, and the rest goes on", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "0 bad.tif"), "this is no image");
    writeFileSync(join(folder, "1 good.tif"), tiff(5));
    const { frames, faults, until, rig } = await watchFolder(folder, {
      playback: { everyS: 0.01, loop: true },
    });
    await until(() => frames().length === 4);
    writeFileSync(join(folder, "2 bad.npy"), "nor this");
    await until(() => faults().length === 2);
    expect(faults()).toEqual([
      { code: "NOT_AN_IMAGE", message: expect.stringContaining("neither"), source: "0 bad.tif" },
      { code: "NOT_AN_IMAGE", message: expect.stringContaining("neither"), source: "2 bad.npy" },
    ]);
    expect((await rig.status()).faults).toHaveLength(2);
  });
});

describe("the rig", () => {
  it("can only be observed, and has no light", async () => {
    const { rig } = await watchFolder(testFolder());
    await expect(rig.acquire({ steps: [] } as never)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(rig.region({ move: "next" })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(await rig.safe("test")).toEqual([]);
    expect(await rig.status()).toEqual({ state: "idle", light: [], faults: [], region: null });
  });

  it("says so when the folder is not there, and when it goes and comes back", async () => {
    const folder = join(testFolder(), "frames");
    await expect(watchFolder(folder)).rejects.toMatchObject({ code: "NO_FOLDER", where: folder });
    mkdirSync(folder);
    const { rig, faults, frames, until } = await watchFolder(folder);
    rmSync(folder, { recursive: true });
    await until(() => faults().length === 1);
    expect(faults()[0]).toMatchObject({ code: "FOLDER_UNREADABLE", source: folder });
    expect((await rig.status()).state).toBe("fault");
    mkdirSync(folder);
    writeFileSync(join(folder, "late.tif"), tiff(9));
    await until(() => frames().length === 1);
    expect((await rig.status()).state).toBe("idle");
  });
});

describe("Imspector files", () => {
  const fixtures = join(import.meta.dirname, "..", "core", "fixtures", "obf");

  it("give a frame a stack, of the kind that its name says, with its own pixel size", async () => {
    const folder = testFolder();
    copyFileSync(join(fixtures, "triple.msr"), join(folder, "cell 1.msr"));
    const { frames, until } = await watchFolder(folder);
    await until(() => frames().length === 3);
    expect(frames().map((f) => [f.region, f.kind, f.pixelSizeNm, f.shape])).toEqual([
      ["cell 1.msr#Conf 640 before", "confocal", 20, [80, 96]],
      ["cell 1.msr#STED 640 {1}", "sted", 20, [80, 96]],
      ["cell 1.msr#Conf 640 after", "confocal", 20, [80, 96]],
    ]);
  });

  it("give the stack that is asked for alone", async () => {
    const folder = testFolder();
    copyFileSync(join(fixtures, "measurement.msr"), join(folder, "a.msr"));
    const { frames, until } = await watchFolder(folder, {
      stack: "STED 561 lifetime {3}",
      lifetimeNs: [0, 4],
    });
    writeFileSync(join(folder, "b.tif"), tiff(5));
    await until(() => frames().length === 2);
    expect(frames().map((f) => f.region)).toEqual(["a.msr#STED 561 lifetime {3}", "b.tif"]);
  });

  it("that are written slowly are shown once, when they are whole, and never called damaged", async () => {
    const folder = testFolder();
    const bytes = readFileSync(join(fixtures, "measurement.msr"));
    const { frames, faults, until } = await watchFolder(folder, { settleMs: 20 });
    const path = join(folder, "slow.msr");
    // Longer pauses than a file needs to look whole: the reader meets the cut-off file.
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 3)) {
      appendFileSync(path, bytes.subarray(at, at + Math.ceil(bytes.length / 3)));
      await systemClock.sleep(250);
    }
    // Seven images, two of them twice: in the z stack and alone.
    await until(() => frames().length === 5);
    expect([faults(), new Set(frames().map((f) => f.region)).size]).toEqual([[], 5]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it("that stay cut off are named after a while", async () => {
    const folder = testFolder();
    const { faults, until, rig } = await watchFolder(folder);
    await systemClock.sleep(100);
    writeFileSync(join(folder, "cut.msr"), readFileSync(join(fixtures, "triple.msr")).subarray(0, 3000));
    await systemClock.sleep(1000);
    expect((await rig.status()).faults).toEqual([]);
    await until(() => faults().length === 1);
    expect(faults()[0]).toMatchObject({ code: "OBF_CORRUPT", source: "cut.msr" });
  }, 15_000);
});
