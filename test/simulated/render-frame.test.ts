import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createSimulatedBackend,
  loadMoleculeMap,
  renderFrame,
  structures,
} from "../../drivers/simulated/index.js";
import { encodeTiff, systemClock } from "../../src/core/index.js";
import { exampleMap } from "./maps.js";

const settings = { depletionPowerMw: 120, excitationPowerUw: 10, dwellTimeUs: 10 };
const file = (name: string, bytes: Uint8Array | string) => {
  const path = join(mkdtempSync(join(tmpdir(), "stedloop-map-")), name);
  writeFileSync(path, bytes);
  return path;
};
/** A float32 .npy of [height, width]. */
const npy = (values: readonly number[], height: number, width: number) => {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const padded = `${head}${" ".repeat(63 - ((10 + head.length) % 64))}\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(padded.length);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    size,
    Buffer.from(padded),
    Buffer.from(Float32Array.from(values).buffer),
  ]);
};
const sum = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0);

describe("renderFrame", () => {
  for (const structure of structures) {
    it(`${structure}: counts, truth, method, the same from the same seed`, () => {
      const one = renderFrame({ sample: { structure }, settings, seed: 4 });
      const again = renderFrame({ sample: { structure }, settings, seed: 4 });
      expect(one).toEqual(again);
      expect(one.pixels).not.toEqual(renderFrame({ sample: { structure }, settings, seed: 5 }).pixels);
      expect(one.shape).toEqual([224, 224]);
      expect(one.meanCounts).toBeCloseTo(sum(one.pixels) / 50176, 9);
      expect(one.molecules.after).toBeLessThan(one.molecules.before);
      expect(one.trueRating).toBeGreaterThan(0);
      expect(one.method).toBe("hybrid");
    });
  }

  it("says so when the exact method made it", () => {
    const strong = { depletionPowerMw: 300, excitationPowerUw: 20, dwellTimeUs: 100 };
    const made = renderFrame({ sample: { structure: "clusters" }, settings: strong, mode: "anchor" });
    expect(made.method).toBe("event-driven");
    expect(made.molecules.after / made.molecules.before).toBeLessThan(0.2);
  });

  it("a confocal in anchor mode bleaches nothing, in rig mode a little", () => {
    const of = (mode: "anchor" | "rig") => {
      const { molecules } = renderFrame({ sample: { structure: "actin" }, settings, mode, kind: "confocal" });
      return 1 - molecules.after / molecules.before;
    };
    expect(of("anchor")).toBe(0);
    expect(of("rig")).toBeGreaterThan(0.001);
    expect(of("rig")).toBeLessThan(0.05);
  });

  it("refuses settings outside the physical range by name", () => {
    const with_ = (more: object) => () =>
      renderFrame({ sample: { structure: "actin" }, settings: { ...settings, ...more } });
    expect(with_({ depletionPowerMw: 351 })).toThrow(/depletionPowerMw: 351 mW is outside 0..350/);
    expect(with_({ dwellTimeUs: 0.5 })).toThrow(/dwellTimeUs/);
    expect(with_({ gain: 3 })).toThrow(/gain: no such parameter/);
  });
});

describe("molecule maps", () => {
  it("a map becomes floor(A x value) molecules, and they make the frame", async () => {
    const values = Array.from(exampleMap("psd951"), (n) => n / 40);
    const path = file("map.npy", npy(values, 224, 224));
    const { map, notes } = await loadMoleculeMap(path, { molecules: 40 });
    expect(sum(map.molecules)).toBe(21849);
    expect(notes).toEqual([]);
    const made = renderFrame({ sample: { map }, settings, mode: "anchor" });
    expect(made.molecules.before).toBe(21849);
    expect(made.trueRating).toBeGreaterThan(0.3);
  });

  it("odd sizes work", async () => {
    const path = file(
      "map.npy",
      npy(
        Array.from({ length: 33 * 47 }, (_, i) => (i % 9 === 0 ? 30 : 0)),
        33,
        47,
      ),
    );
    const { map } = await loadMoleculeMap(path);
    const made = renderFrame({ sample: { map }, settings });
    expect(made.shape).toEqual([33, 47]);
    expect(made.meanCounts).toBeGreaterThan(0.05);
  });

  it("what is no map is said in the words of a map, with what to give", async () => {
    const of = (bytes: Uint8Array) => loadMoleculeMap(file("m.npy", bytes));
    const nan = [...new Array(63).fill(1), Number.NaN];
    await expect(of(npy(nan, 8, 8))).rejects.toThrow(
      /pixel \(y 7, x 7\) is NaN: a molecule map holds numbers from 0/,
    );
    await expect(of(npy(new Array(64).fill(-1), 8, 8))).rejects.toThrow(
      /cannot be negative: 64 of 64 pixels lie below zero/,
    );
    const colour = Buffer.from(npy(new Array(64 * 64 * 3).fill(1), 64, 192));
    const shape = Buffer.from("(64, 64, 3)");
    shape.copy(colour, colour.indexOf("(64, 192), "));
    await expect(of(colour)).rejects.toThrow(/shape \(64, 64, 3\), which looks like a picture in colour/);
  });

  it("another pixel size is resampled, said so, and no molecule is lost", async () => {
    const pixels = new Uint16Array(60 * 60).fill(3);
    const path = file("map.tif", encodeTiff({ pixels, shape: [60, 60], pixelSizeNm: 50 }));
    const { map, notes } = await loadMoleculeMap(path);
    expect([map.heightPx, map.widthPx]).toEqual([150, 150]);
    expect(sum(map.molecules)).toBe(3 * 3600);
    expect(notes.join()).toMatch(/resampled from 50/);
  });

  it("a dense map is resampled at once, evenly, and no molecule is lost", async () => {
    const path = file("m.npy", npy(new Array(400).fill(900_000), 20, 20));
    const { map } = await loadMoleculeMap(path, { pixelSizeNm: 50 });
    expect([map.heightPx, map.widthPx]).toEqual([50, 50]);
    expect(sum(map.molecules)).toBe(400 * 900_000);
    // 6.25 of the small pixels share one's molecules; binomial scatter is 0.3 %.
    for (const n of map.molecules) expect(Math.abs(n / 144_000 - 1)).toBeLessThan(0.02);
  });

  it.each([0, -5, 0.5, 3000, Number.NaN, Number.POSITIVE_INFINITY])("refuses pixels of %d nm", async (nm) => {
    const path = file("m.npy", npy([1, 2, 3, 4], 2, 2));
    await expect(loadMoleculeMap(path, { pixelSizeNm: nm })).rejects.toMatchObject({
      code: "BAD_PIXEL_SIZE",
      where: path,
      message: expect.stringMatching(/a map's are 1 … 2000 nm/),
    });
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses the seed %d", (seed) => {
    expect(() => renderFrame({ sample: { structure: "actin" }, settings, seed })).toThrow(/seed is a whole/);
  });

  it("a map of zeros is an empty field: background, and no resolution", async () => {
    const { map } = await loadMoleculeMap(file("m.npy", npy(new Array(6400).fill(0), 80, 80)));
    const long = { ...settings, dwellTimeUs: 100, lineRepeats: 10 };
    const made = renderFrame({ sample: { map }, settings: long, mode: "anchor" });
    // .0533 counts per 10 µs (§1.5), 4 sd of the mean of 6400 Poisson counts.
    expect(Math.abs(made.meanCounts - 5.333)).toBeLessThan(4 * Math.sqrt(5.333 / 6400));
    expect([made.resolutionNm, made.trueRating, made.molecules.before]).toEqual([null, 0, 0]);
  });

  it("without light there is no resolution", () => {
    const dark = { ...settings, excitationPowerUw: 0 };
    expect(renderFrame({ sample: { structure: "clusters" }, settings: dark }).resolutionNm).toBeNull();
  });

  const bad: [string, () => string, RegExp][] = [
    ["negative values", () => file("m.npy", npy([1, 2, -3, 4], 2, 2)), /negative: .*lowest -3\)$/],
    ["NaN", () => file("m.npy", npy([1, Number.NaN, 3, 4], 2, 2)), /NaN|not a number|finite/i],
    ["no molecules", () => file("m.npy", npy([0, 0, 0, 0.9], 2, 2)), /no molecules/],
    ["no image", () => file("m.npy", "hello"), /neither a TIFF/],
    ["no such file", () => "/nowhere/m.npy", /no such file/],
    ["too many", () => file("m.npy", npy([1e9, 0, 0, 0], 2, 2)), /in one pixel/],
  ];
  for (const [name, path, message] of bad) {
    it(`refuses ${name}, naming the file`, async () => {
      const where = path();
      await expect(loadMoleculeMap(where)).rejects.toMatchObject({
        where,
        exitCode: 2,
        message: expect.stringMatching(message),
      });
    });
  }
});

describe("operator's own frames", () => {
  it("are told as events and bleach like any other", async () => {
    const rig = createSimulatedBackend({
      structure: "actin",
      seed: 1,
      timeScale: 0,
      clock: systemClock,
      faults: [{ fault: "operator-frame", at: { frame: 1 } }],
    });
    await rig.region({ move: "next" });
    const seen: unknown[] = [];
    rig.subscribe?.((e) => {
      if (e.type === "frame") seen.push([e.origin, e.kind, e.frame.shape, e.frame.actual.depletionPowerMw]);
    });
    await rig.expose(
      { kind: "sted", settings: { ...settings, lineRepeats: 1 } },
      { widthPx: 64, heightPx: 64, signal: new AbortController().signal },
    );
    expect(seen).toEqual([["operator", "confocal", [224, 224], 0]]);
  });
});
