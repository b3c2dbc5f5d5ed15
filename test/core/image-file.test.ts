import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeImageFile, encodeTiff, InputError } from "../../src/core/index.js";

/** Files made by tifffile, Pillow and NumPy: see fixtures/make_images.py. */
const folder = join(import.meta.dirname, "fixtures/images");
const [height, width] = [37, 29];
const at = (p: number, y: number, x: number): number => (7 * y + 13 * x + 31 * p) % 251;
function expected(map: (v: number) => number = (v) => v, p = 0): number[] {
  return Array.from({ length: height * width }, (_, i) => map(at(p, Math.floor(i / width), i % width)));
}
const read = (name: string) => decodeImageFile(join(folder, name));

describe("a TIFF of one plane", () => {
  const half = (v: number): number => Math.floor(v / 2);
  it.each<[string, ((v: number) => number)?]>([
    ...["uint8", "uint16", "int16", "uint32", "int32", "float32", "float64"].flatMap((kind): [string][] => [
      [`${kind}-le`],
      [`${kind}-be`],
    ]),
    ["int8-le", half],
    ["int8-be", half],
    ["uint16-large", (v) => v * 260],
    ["uint32-large", (v) => v * 1000],
    ["float32-fraction", (v) => v / 8],
    ["int16-some-negative", (v) => Math.max(0, v - 10)],
    ["strips"],
    ["tiles"],
    ["tiles-float-be"],
    ["bigtiff"],
    ["bigtiff-be-deflate"],
    ["deflate"],
    ["deflate-float-tiles"],
    ["white-is-zero"],
    ["lzw"],
    ["lzw-predictor"],
    ["lzw-predictor-8"],
    ["packbits"],
    ["packbits-16", (v) => Math.floor(v / 100) * 100],
    ["deflate-predictor"],
    ["float-predictor"],
    ["imagej-calibrated"],
    ["imagej-halved", (v) => 3 + v / 2],
  ])("%s comes out pixel by pixel", async (name, map) => {
    const { planes, format } = await read(`${name}.tif`);
    expect(format).toBe("tiff");
    expect(planes).toHaveLength(1);
    expect(planes[0]?.shape).toEqual([height, width]);
    expect([...(planes[0]?.pixels ?? [])]).toEqual(expected(map));
  });

  it("keeps whole counts up to 65535 as uint16, others and what was float32 as float32", async () => {
    const kinds = {
      "uint8-le": 16,
      "int16-le": 16,
      "int32-be": 16,
      "uint32-large": 32,
      "float64-le": 16,
      "float32-le": 32,
    };
    for (const [name, bits] of Object.entries(kinds)) {
      const { planes } = await read(`${name}.tif`);
      expect([name, (planes[0]?.pixels.BYTES_PER_ELEMENT ?? 0) * 8]).toEqual([name, bits]);
    }
  });

  it("a long LZW stream, codes of every width", async () => {
    const { planes } = await read("lzw-long.tif");
    const wanted = Array.from({ length: 90000 }, (_, i) => {
      return (Number((BigInt(i) * 2654435761n) >> 7n) & 0xffff) % 1000;
    });
    expect([...(planes[0]?.pixels ?? [])]).toEqual(wanted);
  });

  it("says how many pixels below zero it took as 0", async () => {
    const { notes } = await read("int16-some-negative.tif");
    const n = expected().filter((v) => v < 10).length;
    expect(notes).toEqual([`${n} pixels below zero (lowest -10) taken as 0`]);
  });
});

describe("planes and channels", () => {
  it.each([
    ["stack.tif", 3, "page 2"],
    ["rgb.tif", 3, "channel 2"],
    ["rgb-lzw-predictor.tif", 3, "channel 2"],
    ["planar.tif", 3, "channel 2"],
    ["ome-15nm.ome.tif", 2, "page 2"],
    ["imagej-stack.tif", 4, "page 2"],
    ["imagej-one-directory.tif", 4, "page 2"],
    ["fortran-stack.npy", 3, "plane 2"],
  ])("%s gives %d planes", async (name, n, label) => {
    const { planes } = await read(name);
    expect(planes).toHaveLength(n);
    expect(planes[1]?.label).toBe(label);
    for (const [p, plane] of planes.entries()) expect([...plane.pixels]).toEqual(expected((v) => v, p));
  });
});

describe("pixel size", () => {
  it.each([
    ["per-cm-20nm.tif", 20],
    ["per-inch-72.tif", null],
    ["ome-15nm.ome.tif", 15],
    ["ome-25nm.ome.tif", 25],
    ["imagej-stack.tif", 20],
    ["imagej-calibrated.tif", 25],
    ["uint16-le.tif", null],
    ["fortran.npy", null],
  ])("%s: %s nm", async (name, nm) => {
    const { pixelSizeNm, planes } = await read(name);
    expect(pixelSizeNm).toBe(nm);
    expect(planes[0]?.pixelSizeNm).toBe(nm);
  });
});

describe("a .npy file", () => {
  const whole = ["xu1", "le-u2", "be-u2", "le-i2", "le-i4", "be-i8", "le-u8", "le-f2", "le-f4", "be-f8"];
  it.each([...whole, "fortran", "version-2"])("%s comes out pixel by pixel", async (name) => {
    const { planes, format } = await read(`${name}.npy`);
    expect(format).toBe("npy");
    expect(planes[0]?.shape).toEqual([height, width]);
    expect([...(planes[0]?.pixels ?? [])]).toEqual(expected());
  });
  it("of booleans is 0 and 1", async () => {
    const { planes } = await read("bool.npy");
    expect([...(planes[0]?.pixels ?? [])]).toEqual(expected((v) => (v > 100 ? 1 : 0)));
  });
});

describe("what is no image", () => {
  it.each([
    ["nan.tif", "NOT_FINITE", "y 5, x 3"],
    ["inf.tif", "NOT_FINITE", "y 36, x 28"],
    ["int16-mostly-negative.tif", "NOT_COUNTS", "below zero"],
    ["jpeg.tif", "TIFF_COMPRESSION", "JPEG"],
    ["one-bit.tif", "TIFF_UNSUPPORTED", "1-bit"],
    ["complex.npy", "NPY_UNSUPPORTED", "c8"],
    ["object.npy", "NPY_CORRUPT", "header"],
    ["one-axis.npy", "BAD_SHAPE", "no image"],
    ["../make_images.py", "NOT_AN_IMAGE", "neither a TIFF"],
    ["missing.tif", "NO_FILE", "no such file"],
    ["..", "NO_FILE", "not a file"],
  ])("%s is refused by name", async (name, code, words) => {
    const failed = read(name);
    await expect(failed).rejects.toBeInstanceOf(InputError);
    await expect(failed).rejects.toMatchObject({ code, where: join(folder, name), exitCode: 2 });
    await expect(failed).rejects.toThrow(words);
  });

  it("an empty file is called empty", async () => {
    const own = mkdtempSync(join(tmpdir(), "stedloop-empty-"));
    writeFileSync(join(own, "e.tif"), "");
    await expect(decodeImageFile(join(own, "e.tif"))).rejects.toThrow("empty");
    rmSync(own, { recursive: true });
  });

  it("a file that declares more pixels than memory allows is refused before they are made", async () => {
    const bytes = encodeTiff({ pixels: new Uint16Array(4), shape: [2, 2] });
    const view = new DataView(bytes.buffer);
    // Width, height, rows in the strip.
    for (const entry of [0, 1, 8]) view.setUint32(10 + entry * 12 + 8, 60000, true);
    await expect(decodeImageFile(bytes, "huge.tif")).rejects.toMatchObject({ code: "IMAGE_TOO_BIG" });
    const npy = Buffer.from(
      `\x93NUMPY\x01\x00\x76\x00${"{'descr': '<f8', 'fortran_order': False, 'shape': (90000, 90000), }".padEnd(117)}\n`,
      "latin1",
    );
    await expect(decodeImageFile(npy, "huge.npy")).rejects.toMatchObject({ code: "IMAGE_TOO_BIG" });
  });

  it("a deflate bomb is cut off at the image's own size", async () => {
    const bomb = deflateSync(Buffer.alloc(200 * 2 ** 20));
    const bytes = deflated(bomb, 64, 64);
    const before = process.memoryUsage().arrayBuffers;
    await expect(decodeImageFile(bytes, "bomb.tif")).rejects.toMatchObject({ code: "TIFF_CORRUPT" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 2 ** 20);
  });

  it("pages that point at each other in a circle are found out", async () => {
    const bytes = encodeTiff({ pixels: new Uint16Array(4), shape: [2, 2] });
    const view = new DataView(bytes.buffer);
    const entries = view.getUint16(8, true);
    view.setUint32(10 + entries * 12, 8, true);
    await expect(decodeImageFile(bytes)).rejects.toThrow("circle");
  });
});

/** A deflate-compressed 16-bit TIFF around given compressed bytes. */
function deflated(data: Uint8Array, h: number, w: number): Uint8Array {
  const plain = encodeTiff({ pixels: new Uint16Array(h * w), shape: [h, w] });
  const head = plain.subarray(0, plain.length - 2 * h * w);
  const bytes = Buffer.concat([head, data]);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < view.getUint16(8, true); i++) {
    const entry = 10 + i * 12;
    const tag = view.getUint16(entry, true);
    if (tag === 259) view.setUint16(entry + 8, 8, true);
    if (tag === 279) view.setUint32(entry + 8, data.length, true);
  }
  return bytes;
}

describe("writing and reading", () => {
  const image = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.boolean())
    .chain(([h, w, float]) =>
      fc.tuple(
        fc.constant([h, w] as const),
        float
          ? fc
              .array(fc.float({ min: 0, max: 1e6, noNaN: true }), { minLength: h * w, maxLength: h * w })
              .map((v) => Float32Array.from(v, (u) => u + 0))
          : fc.array(fc.nat(65535), { minLength: h * w, maxLength: h * w }).map((v) => Uint16Array.from(v)),
        fc.option(fc.double({ min: 1, max: 5000, noNaN: true }), { nil: undefined }),
      ),
    );

  it("gives back every pixel and the pixel size", async () => {
    await fc.assert(
      fc.asyncProperty(image, async ([shape, pixels, pixelSizeNm]) => {
        const bytes = encodeTiff({ pixels, shape, ...(pixelSizeNm === undefined ? {} : { pixelSizeNm }) });
        const file = await decodeImageFile(bytes);
        expect(file.planes[0]?.pixels).toEqual(pixels);
        expect(file.planes[0]?.shape).toEqual([...shape]);
        if (pixelSizeNm === undefined) expect(file.pixelSizeNm).toBeNull();
        else expect((file.pixelSizeNm ?? 0) / pixelSizeNm).toBeCloseTo(1, 4);
      }),
    );
  });

  it("is the same bytes each time", () => {
    const make = () => encodeTiff({ pixels: Uint16Array.from([1, 2, 3, 4]), shape: [2, 2], pixelSizeNm: 20 });
    expect(Buffer.from(make()).equals(Buffer.from(make()))).toBe(true);
  });
});

describe("damaged files", () => {
  const names = readdirSync(folder).filter((n) => n !== "lzw-long.tif");
  const originals = names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  /** Whatever happens to a file, it is read or refused with an InputError; nothing else comes out. */
  const readOrRefuse = async (bytes: Uint8Array): Promise<void> => {
    try {
      const { planes } = await decodeImageFile(bytes, "damaged", { maxBytes: 2 ** 24 });
      for (const { pixels, shape } of planes) expect(pixels.length).toBe(shape[0] * shape[1]);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).line).not.toContain("\n");
    }
  };

  it("cut off anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (f, share) => {
          await readOrRefuse(f.bytes.subarray(0, Math.floor(share * f.bytes.length)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("with bytes changed, most of them in the header", async () => {
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        async (f, changes) => {
          const bytes = Uint8Array.from(f.bytes);
          for (const [share, early, value] of changes) {
            bytes[Math.floor(share * ((early ? Math.min(600, bytes.length) : bytes.length) - 1))] = value;
          }
          await readOrRefuse(bytes);
        },
      ),
      { numRuns: 600 },
    );
  });
});
