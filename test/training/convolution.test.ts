import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import {
  type ConvolutionShape,
  convolve,
  convolveBackInput,
  convolveBackKernel,
} from "../../src/training/convolution.js";
import { matrixProduct } from "../../src/training/matrix-product.js";
import { maxPool, maxPoolBack, type PoolShape } from "../../src/training/plain-kernels.js";
import { makeGemm } from "../../src/training/wasm-gemm.js";

const gemm = await makeGemm();
const numbers = (n: number, random: RandomStream): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());

/** Visits every product of the definition: index into x, kernel and output. */
function eachProduct(s: ConvolutionShape, visit: (x: number, k: number, y: number) => void): void {
  const p = (s.kernel - 1) / 2;
  for (let n = 0; n < s.n; n++)
    for (let y = 0; y < s.height; y++)
      for (let x = 0; x < s.width; x++)
        for (let i = 0; i < s.kernel; i++)
          for (let j = 0; j < s.kernel; j++) {
            const [yy, xx] = [y + i - p, x + j - p];
            if (yy < 0 || xx < 0 || yy >= s.height || xx >= s.width) continue;
            for (let c = 0; c < s.inputs; c++)
              for (let o = 0; o < s.outputs; o++)
                visit(
                  ((n * s.height + yy) * s.width + xx) * s.inputs + c,
                  ((i * s.kernel + j) * s.inputs + c) * s.outputs + o,
                  ((n * s.height + y) * s.width + x) * s.outputs + o,
                );
          }
}

function differs(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 17 }),
  kernel: fc.constantFrom(1, 3),
  seed: fc.integer(),
});

describe("convolution by WebAssembly matrix products", () => {
  it("and both its gradients equal the definition", () => {
    fc.assert(
      fc.property(shapes, ({ seed, ...s }) => {
        const random = RandomStream.of(seed, "convolution");
        const x = numbers(s.n * s.height * s.width * s.inputs, random);
        const kernel = numbers(s.kernel * s.kernel * s.inputs * s.outputs, random);
        const dy = numbers(s.n * s.height * s.width * s.outputs, random);
        const y = new Float64Array(dy.length);
        const dx = new Float64Array(x.length);
        const dk = new Float64Array(kernel.length);
        eachProduct(s, (xi, ki, yi) => {
          y[yi] = (y[yi] as number) + (x[xi] as number) * (kernel[ki] as number);
          dx[xi] = (dx[xi] as number) + (dy[yi] as number) * (kernel[ki] as number);
          dk[ki] = (dk[ki] as number) + (dy[yi] as number) * (x[xi] as number);
        });
        expect(differs(convolve(gemm, x, kernel, s), y)).toBeLessThan(1e-4);
        expect(differs(convolveBackInput(gemm, dy, kernel, s), dx)).toBeLessThan(1e-4);
        expect(differs(convolveBackKernel(gemm, x, dy, s), dk)).toBeLessThan(1e-4);
      }),
      { numRuns: 60 },
    );
  });

  it("works strip by strip on an image that no cache holds", () => {
    const s: ConvolutionShape = { n: 1, height: 40, width: 60, inputs: 24, outputs: 12, kernel: 3 };
    const random = RandomStream.of(3, "large");
    const x = numbers(s.height * s.width * s.inputs, random);
    const kernel = numbers(9 * s.inputs * s.outputs, random);
    const dy = numbers(s.height * s.width * s.outputs, random);
    const y = new Float64Array(dy.length);
    const dk = new Float64Array(kernel.length);
    eachProduct(s, (xi, ki, yi) => {
      y[yi] = (y[yi] as number) + (x[xi] as number) * (kernel[ki] as number);
      dk[ki] = (dk[ki] as number) + (dy[yi] as number) * (x[xi] as number);
    });
    expect(differs(convolve(gemm, x, kernel, s), y)).toBeLessThan(1e-4);
    expect(differs(convolveBackKernel(gemm, x, dy, s), dk)).toBeLessThan(1e-3);
  });
});

describe("matrix product", () => {
  it("equals the definition, whichever side is transposed", () => {
    const size = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), fc.integer(), (m, n, k, ta, tb, seed) => {
        const random = RandomStream.of(seed, "product");
        const a = numbers(m * k, random);
        const b = numbers(k * n, random);
        const expected = new Float64Array(m * n);
        for (let r = 0; r < m; r++)
          for (let c = 0; c < n; c++)
            for (let d = 0; d < k; d++)
              expected[r * n + c] =
                (expected[r * n + c] as number) +
                (a[ta ? d * m + r : r * k + d] as number) * (b[tb ? c * k + d : d * n + c] as number);
        const shape = { rows: m, columns: n, depth: k, transposeA: ta, transposeB: tb };
        expect(differs(matrixProduct(gemm, a, b, shape), expected)).toBeLessThan(1e-4);
      }),
    );
  });
});

describe("2x2 maximum pooling", () => {
  it.each([
    [2, 5, 3],
    [1, 5, 4],
  ])("stride %i of %i columns gives %i", (stride, size, out) => {
    const s: PoolShape = {
      n: 1,
      height: size,
      width: size,
      channels: 1,
      stride,
      outHeight: out,
      outWidth: out,
    };
    const x = Float32Array.from({ length: size * size }, (_, i) => (i * 7) % 11);
    const y = maxPool(x, s);
    for (let r = 0; r < out; r++)
      for (let c = 0; c < out; c++) {
        const seen: number[] = [];
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 2; j++) {
            const [yy, xx] = [r * stride + i, c * stride + j];
            if (yy < size && xx < size) seen.push(x[yy * size + xx] as number);
          }
        expect(y[r * out + c]).toBe(Math.max(...seen));
      }
    const back = maxPoolBack(x, new Float32Array(out * out).fill(1), s);
    expect(back.reduce((a, b) => a + b, 0)).toBe(out * out);
  });
});
