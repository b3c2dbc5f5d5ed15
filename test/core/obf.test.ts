import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeImageFile, type ImageFile, InputError, type Plane } from "../../src/core/index.js";

/** Files by Abberior's own library and by an independent writer, read by three readers: see fixtures/make_obf.py. */
const folder = join(import.meta.dirname, "fixtures/obf");
const names = readdirSync(folder).filter((n) => /\.(obf|msr)$/.test(n));
interface Golden {
  readonly index: number;
  readonly name: string;
  readonly image?: false;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly stepM: readonly number[];
  readonly readers: readonly string[];
}
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Record<string, Golden[]>;
const read = (name: string, options = {}): Promise<ImageFile> =>
  decodeImageFile(join(folder, name), name, options);
const bytesOf = (name: string): Buffer => readFileSync(join(folder, name));
const [height, width] = [37, 29];
const at = (p: number, i: number): number => (7 * Math.floor(i / width) + 13 * (i % width) + 31 * p) % 251;
const plane = (p: number, map: (v: number) => number = (v) => v): number[] =>
  Array.from({ length: height * width }, (_, i) => map(at(p, i)));

function hash(planes: readonly Plane[]): string {
  const sum = createHash("sha256");
  for (const { pixels } of planes) sum.update(new Uint8Array(Float64Array.from(pixels).buffer));
  return sum.digest("hex");
}

describe("what other readers find", () => {
  /** Negative values, and files whose stacks are no counts, are ours to treat: looked at below. */
  const ours = ["int64-negative.obf", "not-counts.obf"];
  const rows = Object.entries(golden)
    .filter(([file]) => !ours.includes(file) && file !== "needs-later-reader.obf")
    .flatMap(([file, stacks]) => stacks.filter((s) => s.image !== false).map((s) => ({ file, ...s })));

  it("covers enough", () => {
    expect(rows.length).toBeGreaterThan(35);
    expect(rows.filter((r) => r.readers.includes("specpy")).length).toBeGreaterThan(30);
  });

  it.each(rows)("$file, stack $index: the same values as by $readers", async (row) => {
    const { planes } = await read(row.file);
    const own = planes.filter((p) => p.stack?.index === row.index);
    if (row.shape.filter((n) => n > 1).length < 2) return expect(own).toEqual([]);
    expect(own.map((p) => p.stack?.name)[0]).toBe(row.name);
    expect(own[0]?.shape).toEqual(row.shape.slice(-2));
    expect(own).toHaveLength(row.shape.slice(0, -2).reduce((n, d) => n * d, 1));
    expect(hash(own)).toBe(row.sha256);
    const named = [
      "unit-micrometre.obf",
      "unit-in-label.obf",
      "positions.obf",
      "lifetime-first.obf",
      "abberior-no-size.obf",
    ];
    if (!named.includes(row.file)) {
      expect(own[0]?.pixelSizeNm).toBeCloseTo((row.stepM[0] as number) * 1e9, 3);
    }
  });
});

describe("a measurement of several stacks", () => {
  it("gives every image, z planes one by one, arrival times summed, and says which is meant where one is", async () => {
    const { planes, format, preferred, pixelSizeNm, notes } = await read("measurement.msr");
    expect(format).toBe("obf");
    expect(planes.map((p) => [p.label, p.shape, p.pixelSizeNm])).toEqual([
      ["Conf 640 {0}", [height, width], 40],
      ["STED 640 {1}", [height, width], 15],
      ["STED 640 z {2} z 1", [height, width], 15],
      ["STED 640 z {2} z 2", [height, width], 15],
      ["STED 640 z {2} z 3", [height, width], 15],
      ["STED 561 lifetime {3}", [height, width], 15],
      ["section xz {4}", [4, width], 15],
    ]);
    expect([preferred, pixelSizeNm]).toEqual([1, 15]);
    expect([...(planes[1]?.pixels ?? [])]).toEqual(plane(2));
    expect([...(planes[4]?.pixels ?? [])]).toEqual(plane(2));
    const decay = plane(0).map((_, i) =>
      [0, 1, 2, 3, 4, 5].reduce((s, t) => s + Math.floor(at(0, i) / (1 + t)), 0),
    );
    expect([...(planes[5]?.pixels ?? [])]).toEqual(decay);
    expect(notes).toContain("stack 5 'curve {5}' left out: is no image (50 × 1 pixels)");
    expect(notes.at(-1)).toMatch(/^5 image stacks .* where one is meant: 'STED 640 \{1\}'$/);
  });

  it.each([
    ["STED 640 z {2}", 3],
    ["2", 3],
    ["conf 640 {0}", 1],
  ])("stack %s is taken alone", async (stack, count) => {
    const { planes } = await read("measurement.msr", { stack });
    expect(planes).toHaveLength(count);
    expect(new Set(planes.map((p) => p.stack?.index)).size).toBe(1);
  });

  it("a stack that is not there is refused, with those that are", async () => {
    const wrong = read("measurement.msr", { stack: "STED 700" });
    await expect(wrong).rejects.toMatchObject({
      code: "NO_STACK",
      hint: expect.stringContaining("1 'STED 640 {1}'"),
    });
  });

  it("keeps only the arrival times of a gate", async () => {
    const options = { stack: "3", lifetimeNs: [2, 6] as const };
    const { planes, notes } = await read("measurement.msr", options);
    // Six bins of 2 ns: centres 1, 3, 5, 7, 9, 11.
    const expected = plane(0).map((_, i) => Math.floor(at(0, i) / 2) + Math.floor(at(0, i) / 3));
    expect([...(planes[0]?.pixels ?? [])]).toEqual(expected);
    expect(notes.join()).toContain("arrival times from 2 to 6 ns summed");
    const none = read("measurement.msr", { stack: "3", lifetimeNs: [50, 60] });
    await expect(none).rejects.toMatchObject({
      code: "BAD_GATE",
      message: expect.stringContaining("1 … 11 ns"),
    });
  });

  it("keeps two stacks of one name apart", async () => {
    const { planes } = await read("same-name.obf");
    expect(planes.map((p) => [p.stack, p.pixels[0]])).toEqual([
      [{ index: 0, name: "STED" }, 0],
      [{ index: 1, name: "STED" }, 31],
    ]);
  });

  it("leaves out what is no image of counts, and says so", async () => {
    const { planes, notes } = await read("not-counts.obf");
    expect(planes.map((p) => p.label)).toEqual(["Ch1 {2}"]);
    expect(notes.join()).toMatch(/left out: .* of ratio lie below zero/);
    await expect(read("not-counts.obf", { stack: "ratio" })).rejects.toMatchObject({ code: "NOT_COUNTS" });
    await expect(read("colour.obf")).rejects.toMatchObject({
      code: "NO_IMAGE",
      message: expect.stringContaining("a colour picture"),
    });
    const { planes: shifted, notes: told } = await read("int64-negative.obf");
    expect([...(shifted[0]?.pixels ?? [])]).toEqual(plane(0, (v) => Math.max(0, v - 5)));
    expect(told.join()).toContain("below zero");
  });
});

describe("pixel size", () => {
  it.each([
    ["unit-micrometre.obf", 25],
    ["unit-in-label.obf", 30],
    ["positions.obf", 18],
    ["lifetime-first.obf", 20],
    ["version-0.obf", 20],
    ["abberior-no-size.obf", null],
  ])("%s: %s nm", async (name, size) => {
    const { planes, notes } = await read(name);
    expect(planes[0]?.pixelSizeNm).toBe(size);
    if (size === null) expect(notes.join()).toContain("pixel size 1000000000 nm ignored");
  });

  it("says when pixels are not square", async () => {
    expect((await read("unequal-pixels.obf")).notes).toEqual(["stack 'STED': pixels of 20 by 50 nm"]);
  });
});

describe("a measurement that was ended early", () => {
  it.each(["ended-early.obf", "ended-early-plain.obf"])("%s: what is missing is 0", async (name) => {
    const { planes, notes } = await read(name);
    expect([...(planes[0]?.pixels ?? [])]).toEqual(plane(0).map((v, i) => (i < 10 * width ? v : 0)));
    expect(notes.join()).toContain("ended early");
  });
});

describe("what must not be read", () => {
  const change = (name: string, edit: (view: DataView, bytes: Buffer) => void): Uint8Array => {
    const bytes = Buffer.from(bytesOf(name));
    edit(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
    return bytes;
  };
  const stackAt = 38;
  const code = async (bytes: Uint8Array, options = {}): Promise<string> =>
    decodeImageFile(bytes, "x.obf", options).then(
      () => "read",
      (e: unknown) => (e instanceof InputError && e.where === "x.obf" ? e.code : String(e)),
    );

  it.each<[string, string, Uint8Array]>([
    ["another magic", "NOT_AN_IMAGE", change("plain.obf", (v) => v.setUint8(3, 0))],
    ["another magic of the stack", "OBF_CORRUPT", change("plain.obf", (v) => v.setUint8(stackAt + 3, 0))],
    [
      "a first stack beyond the end",
      "OBF_CORRUPT",
      change("plain.obf", (v) => v.setBigUint64(14, 10n ** 9n, true)),
    ],
    [
      "a first stack beyond all files",
      "OBF_CORRUPT",
      change("plain.obf", (v) => v.setBigUint64(14, 2n ** 63n, true)),
    ],
    ["too many dimensions", "OBF_CORRUPT", change("plain.obf", (v) => v.setUint32(stackAt + 20, 16, true))],
    [
      "huge pixels",
      "IMAGE_TOO_BIG",
      change("plain.obf", (v) => v.setUint32(stackAt + 24, 2 ** 32 - 1, true)),
    ],
    ["more pixels than data", "OBF_CORRUPT", change("plain.obf", (v) => v.setUint32(stackAt + 24, 60, true))],
    ["no pixels", "NO_IMAGE", change("plain.obf", (v) => v.setUint32(stackAt + 24, 0, true))],
    [
      "data longer than the file",
      "OBF_CORRUPT",
      change("plain.obf", (v) => v.setBigUint64(stackAt + 352, 10n ** 7n, true)),
    ],
    [
      "another compression",
      "OBF_COMPRESSION",
      change("plain.obf", (v) => v.setUint32(stackAt + 328, 2, true)),
    ],
    ["an unknown type", "NO_IMAGE", change("plain.obf", (v) => v.setUint32(stackAt + 324, 512, true))],
    [
      "a circle of stacks",
      "OBF_CORRUPT",
      change("plain.obf", (v) => v.setBigUint64(stackAt + 360, BigInt(stackAt), true)),
    ],
    ["a needed later reader", "OBF_UNSUPPORTED", bytesOf("needs-later-reader.obf")],
    ["nothing but the magic", "OBF_CORRUPT", bytesOf("plain.obf").subarray(0, 10)],
    ["data cut off", "OBF_CORRUPT", bytesOf("plain.obf").subarray(0, 1500)],
    [
      "damaged zip",
      "OBF_CORRUPT",
      change("version-6.obf", (_, b) => b.fill(0, stackAt + 368 + 11 + 5, stackAt + 368 + 11 + 60)),
    ],
  ])("%s: %s", async (_what, expected, bytes) => {
    expect(await code(bytes)).toBe(expected);
  });

  it("a small file that would unpack to very much", async () => {
    const bomb = deflateSync(Buffer.alloc(2 ** 25));
    // The zip data of a 37 × 29 stack are replaced by those of 32 MiB: they unpack to more than it holds.
    const old = bytesOf("version-0.obf");
    const dataAt = stackAt + 368 + 4 + 7;
    const bytes = Buffer.concat([old.subarray(0, dataAt), bomb]);
    bytes.writeBigUInt64LE(BigInt(bomb.length), stackAt + 352);
    expect(await code(bytes)).toBe("OBF_CORRUPT");
    // It says what it holds, but that is above the limit.
    bytes.writeUInt32LE(4096, stackAt + 24);
    bytes.writeUInt32LE(4096, stackAt + 28);
    expect(await code(bytes, { maxBytes: 2 ** 24 })).toBe("IMAGE_TOO_BIG");
    expect(await code(bytes, { maxBytes: 2 ** 26 })).toBe("read");
    // The same bytes as sixteen million images of two pixels by two.
    bytes.writeUInt32LE(3, stackAt + 20);
    for (const [i, n] of [2, 2, 2 ** 22].entries()) bytes.writeUInt32LE(n, stackAt + 24 + 4 * i);
    expect(await code(bytes)).toBe("IMAGE_TOO_BIG");
  });

  const originals = names.map((name) => ({ name, bytes: bytesOf(name) }));
  const readOrRefuse = async (bytes: Uint8Array): Promise<void> => {
    try {
      const { planes } = await decodeImageFile(bytes, "damaged", { maxBytes: 2 ** 23 });
      for (const { pixels, shape } of planes) expect(pixels.length).toBe(shape[0] * shape[1]);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).line).not.toContain("\n");
    }
  };
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it("cut off anywhere: read or refused", async () => {
    const cut = fc.asyncProperty(fc.constantFrom(...originals), share, async (f, s) => {
      await readOrRefuse(f.bytes.subarray(0, Math.floor(s * f.bytes.length)));
    });
    await fc.assert(cut, { numRuns: 300 });
  });

  it("with bytes changed anywhere: read or refused", async () => {
    const changes = fc.array(fc.tuple(share, fc.boolean(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const changed = fc.asyncProperty(fc.constantFrom(...originals), changes, async (f, list) => {
      const bytes = Uint8Array.from(f.bytes);
      for (const [s, early, value] of list) {
        bytes[Math.floor(s * ((early ? Math.min(420, bytes.length) : bytes.length) - 1))] = value;
      }
      await readOrRefuse(bytes);
    });
    await fc.assert(changed, { numRuns: 800 });
  });
});
