import { describe, expect, it } from "vitest";
import { powerOfTwo, RandomStream, realFft2 } from "../../src/core/index.js";

/** The sum as it is defined, term by term. */
function direct(values: Float64Array, rows: number, columns: number, ky: number, kx: number) {
  let re = 0;
  let im = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const phase = -2 * Math.PI * ((ky * y) / rows + (kx * x) / columns);
      re += (values[y * columns + x] as number) * Math.cos(phase);
      im += (values[y * columns + x] as number) * Math.sin(phase);
    }
  }
  return { re, im };
}

describe("realFft2", () => {
  it.each([
    [2, 2],
    [4, 16],
    [32, 8],
    [16, 16],
  ])("equals the sum as it is defined, %i × %i", (rows, columns) => {
    const random = RandomStream.of(1, "fft", rows, columns);
    const values = Float64Array.from({ length: rows * columns }, () => random.normal());
    const { re, im } = realFft2(values, rows, columns);
    const half = columns / 2 + 1;
    expect(re).toHaveLength(rows * half);
    for (let ky = 0; ky < rows; ky++) {
      for (let kx = 0; kx < half; kx++) {
        const expected = direct(values, rows, columns, ky, kx);
        expect(re[ky * half + kx]).toBeCloseTo(expected.re, 10);
        expect(im[ky * half + kx]).toBeCloseTo(expected.im, 10);
      }
    }
  });

  it("keeps the energy (Parseval)", () => {
    const n = 128;
    const random = RandomStream.of(2, "fft");
    const values = Float64Array.from({ length: n * n }, () => random.normal());
    const { re, im, columns } = realFft2(values, n, n);
    const half = columns / 2 + 1;
    let power = 0;
    re.forEach((r, i) => {
      const x = i % half;
      power += (x === 0 || x === half - 1 ? 1 : 2) * (r * r + (im[i] as number) ** 2);
    });
    const energy = values.reduce((sum, v) => sum + v * v, 0);
    expect(power / (n * n * energy)).toBeCloseTo(1, 12);
  });

  it("knows the next power of two", () => {
    expect([1, 2, 3, 224, 256, 257].map(powerOfTwo)).toEqual([1, 2, 4, 256, 256, 512]);
  });
});
