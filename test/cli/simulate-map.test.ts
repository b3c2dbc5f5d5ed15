import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImageFile, encodeTiff } from "../../src/core/index.js";
import { stedloop, tempFolder } from "./command-line.js";

const folder = tempFolder();
const at = (name: string): string => join(folder, name);
const out = at("frame.tif");
const light = '{"depletionPowerMw":50,"excitationPowerUw":10,"dwellTimeUs":10}';
const frame = (map: string, ...more: string[]) =>
  stedloop(["simulate", "frame", "--map", at(map), "--settings", light, "--out", out, "--json", ...more]);
const molecules = (stdout: string): number => JSON.parse(stdout).molecules.before;

function npy(name: string, descr: string, fortran: boolean, shape: string, data: Uint8Array): void {
  const order = fortran ? "True" : "False";
  const head = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117);
  writeFileSync(
    at(name),
    Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(`${head}\n`), data]),
  );
}
const bytesOf = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

/** 40 rows of 60 columns; row 5 holds 3 molecules a pixel. */
const rows = 40;
const columns = 60;
const value = (y: number): number => (y === 5 ? 3 : 0);
const inC = Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns)));
const inFortran = Array.from({ length: rows * columns }, (_, i) => value(i % rows));
const swapped = (a: Uint16Array): Uint8Array => new Uint8Array(Buffer.from(bytesOf(a)).swap16());

describe("simulate frame --map", () => {
  it("resamples a TIFF of 50 nm, says so and loses no molecule", async () => {
    const pixels = new Uint16Array(60 * 40).fill(3);
    writeFileSync(at("wide.tif"), encodeTiff({ pixels, shape: [40, 60], pixelSizeNm: 50 }));
    const { code, out: printed, err } = await frame("wide.tif");
    expect(code, err).toBe(0);
    expect(err).toMatch(/wide\.tif: .*resampled from 50 nm to 20 nm/);
    expect(molecules(printed)).toBe(3 * 60 * 40);
    expect((await decodeImageFile(out)).planes[0]).toMatchObject({ shape: [100, 150], pixelSizeNm: 20 });
  });

  it("takes the pixel size of a .npy from --pixel-size, which a structure has not", async () => {
    npy("fine.npy", "<f4", false, `(${rows}, ${columns})`, bytesOf(Float32Array.from(inC)));
    const { code, out: printed, err } = await frame("fine.npy", "--pixel-size", "10");
    expect(code, err).toBe(0);
    expect(err).toMatch(/resampled from 10 nm to 20 nm/);
    expect(molecules(printed)).toBe(3 * columns);
    expect((await decodeImageFile(out)).planes[0]?.shape).toEqual([rows / 2, columns / 2]);
    const wrong = await stedloop(
      ["simulate", "frame", "--structure", "actin", "--settings", light, "--out", out].concat([
        "--pixel-size",
        "10",
      ]),
    );
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/--pixel-size is that of a --map/)]);
  });

  const kinds: readonly [string, string, boolean, Uint8Array][] = [
    ["float64", "<f8", false, bytesOf(Float64Array.from(inC))],
    ["float32 in Fortran order", "<f4", true, bytesOf(Float32Array.from(inFortran))],
    ["uint8", "|u1", false, Uint8Array.from(inC)],
    ["int64", "<i8", false, bytesOf(BigInt64Array.from(inC, BigInt))],
    ["uint16, most significant byte first, Fortran order", ">u2", true, swapped(Uint16Array.from(inFortran))],
  ];
  it.each(kinds)("reads .npy of %s as the same map", async (_, descr, fortran, data) => {
    npy("map.npy", descr, fortran, `(${rows}, ${columns})`, data);
    const { code, out: printed, err } = await frame("map.npy");
    expect(code, err).toBe(0);
    expect(molecules(printed)).toBe(3 * columns);
    const [plane] = (await decodeImageFile(out)).planes;
    expect(plane?.shape).toEqual([rows, columns]);
    // The molecules' row is the brightest: the axes were not exchanged.
    const sums = new Array<number>(rows).fill(0);
    plane?.pixels.forEach((v, i) => {
      sums[Math.floor(i / columns)] = (sums[Math.floor(i / columns)] as number) + v;
    });
    expect(Math.abs(sums.indexOf(Math.max(...sums)) - 5)).toBeLessThanOrEqual(1);
  });
});
