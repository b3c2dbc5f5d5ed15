import type { Gemm } from "./wasm-gemm.js";

/** Sizes of a convolution with stride 1, odd square kernel and zero padding that keeps the size. */
export interface ConvolutionShape {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
}

/** About what stays in the cache of a core while one kernel row is applied. */
const stripBytes = 48 * 1024;
const up = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * out[n, y, x, o] = Σ x[n, y + i − p, x + j − p, c] · kernel[i, j, c, o] by matrix products on the padded image:
 * one row of the kernel at a time, whose inputs lie side by side in memory.
 */
export function convolve(
  gemm: Gemm,
  x: Float32Array,
  kernel: Float32Array,
  s: ConvolutionShape,
): Float32Array {
  const { n, height, width, inputs, outputs } = s;
  const plan = layout(s, outputs);
  const { padded, outputsUp, strip } = plan;
  const kernelFloats = s.kernel * s.kernel * inputs * outputsUp;
  const cRows = up(strip * padded, 4);
  const kernelAt = 0;
  const cAt = kernelAt + kernelFloats;
  const imageAt = cAt + cRows * outputsUp;
  gemm.reserve(4 * (imageAt + plan.imageFloats));
  const heap = gemm.heap();
  copyColumns(heap, kernelAt, kernel, outputs, outputsUp);
  const out = new Float32Array(n * height * width * outputs);
  for (let image = 0; image < n; image++) {
    fillPadded(heap, imageAt, x, image, s, plan);
    for (let y0 = 0; y0 < height; y0 += strip) {
      const lines = Math.min(strip, height - y0);
      const m = up(lines * padded, 4);
      heap.fill(0, cAt, cAt + m * outputsUp);
      for (let i = 0; i < s.kernel; i++) {
        gemm.multiply(
          4 * (imageAt + (y0 + i) * padded * inputs),
          4 * inputs,
          4,
          4 * (kernelAt + i * s.kernel * inputs * outputsUp),
          4 * outputsUp,
          4 * cAt,
          4 * outputsUp,
          m,
          outputsUp,
          s.kernel * inputs,
        );
      }
      for (let y = 0; y < lines; y++) {
        const to = (image * height + y0 + y) * width * outputs;
        const from = cAt + y * padded * outputsUp;
        if (outputsUp === outputs) out.set(heap.subarray(from, from + width * outputs), to);
        else {
          for (let p = 0; p < width; p++)
            for (let o = 0; o < outputs; o++)
              out[to + p * outputs + o] = heap[from + p * outputsUp + o] as number;
        }
      }
    }
  }
  return out;
}

/** Gradient of `convolve` by its input: the same with the kernel turned round and its channels swapped. */
export function convolveBackInput(
  gemm: Gemm,
  dy: Float32Array,
  kernel: Float32Array,
  s: ConvolutionShape,
): Float32Array {
  const { inputs, outputs } = s;
  const area = s.kernel * s.kernel;
  const turned = new Float32Array(kernel.length);
  for (let p = 0; p < area; p++)
    for (let c = 0; c < inputs; c++)
      for (let o = 0; o < outputs; o++)
        turned[((area - 1 - p) * outputs + o) * inputs + c] = kernel[
          (p * inputs + c) * outputs + o
        ] as number;
  return convolve(gemm, dy, turned, { ...s, inputs: outputs, outputs: inputs });
}

/** Gradient of `convolve` by its kernel, [kernel, kernel, inputs, outputs]. */
export function convolveBackKernel(
  gemm: Gemm,
  x: Float32Array,
  dy: Float32Array,
  s: ConvolutionShape,
): Float32Array {
  const { n, height, width, inputs, outputs } = s;
  const plan = layout(s, Math.max(inputs, outputs));
  const { padded, strip } = plan;
  const outputsUp = up(outputs, 8);
  const rowFloats = s.kernel * inputs;
  const rowsUp = up(rowFloats, 4);
  const cAt = 0;
  const dyAt = cAt + s.kernel * rowsUp * outputsUp;
  const imageAt = dyAt + height * padded * outputsUp;
  gemm.reserve(4 * (imageAt + plan.imageFloats));
  const heap = gemm.heap();
  heap.fill(0, cAt, cAt + s.kernel * rowsUp * outputsUp);
  for (let image = 0; image < n; image++) {
    fillPadded(heap, imageAt, x, image, s, plan);
    // Zeros in the margin's columns, so that whole strips can be summed in one product.
    heap.fill(0, dyAt, dyAt + height * padded * outputsUp);
    for (let y = 0; y < height; y++) {
      const from = (image * height + y) * width * outputs;
      const row = dy.subarray(from, from + width * outputs);
      if (outputsUp === outputs) heap.set(row, dyAt + y * padded * outputsUp);
      else copyColumns(heap, dyAt + y * padded * outputsUp, row, outputs, outputsUp);
    }
    for (let y0 = 0; y0 < height; y0 += strip) {
      const lines = Math.min(strip, height - y0);
      for (let i = 0; i < s.kernel; i++) {
        gemm.multiply(
          4 * (imageAt + (y0 + i) * padded * inputs),
          4,
          4 * inputs,
          4 * (dyAt + y0 * padded * outputsUp),
          4 * outputsUp,
          4 * (cAt + i * rowsUp * outputsUp),
          4 * outputsUp,
          rowsUp,
          outputsUp,
          lines * padded,
        );
      }
    }
  }
  const out = new Float32Array(s.kernel * rowFloats * outputs);
  for (let i = 0; i < s.kernel; i++)
    for (let r = 0; r < rowFloats; r++)
      for (let o = 0; o < outputs; o++)
        out[(i * rowFloats + r) * outputs + o] = heap[cAt + (i * rowsUp + r) * outputsUp + o] as number;
  return out;
}

interface Layout {
  /** Width of a line with its margins. */
  readonly padded: number;
  readonly outputsUp: number;
  /** Lines worked on at a time. */
  readonly strip: number;
  readonly imageFloats: number;
}

function layout(s: ConvolutionShape, widest: number): Layout {
  const padded = s.width + s.kernel - 1;
  const strip = Math.max(1, Math.floor(stripBytes / (4 * padded * Math.max(s.inputs, widest))));
  // The last product may read a few pixels past the image; they only touch what is thrown away.
  const imageFloats = ((s.height + s.kernel - 1) * padded + 4 + s.kernel) * s.inputs + 64;
  return { padded, outputsUp: up(s.outputs, 8), strip: Math.min(strip, s.height), imageFloats };
}

function fillPadded(
  heap: Float32Array,
  at: number,
  x: Float32Array,
  image: number,
  s: ConvolutionShape,
  plan: Layout,
): void {
  const margin = (s.kernel - 1) / 2;
  heap.fill(0, at, at + plan.imageFloats);
  const line = s.width * s.inputs;
  for (let y = 0; y < s.height; y++) {
    const from = (image * s.height + y) * line;
    heap.set(x.subarray(from, from + line), at + ((y + margin) * plan.padded + margin) * s.inputs);
  }
}

function copyColumns(
  heap: Float32Array,
  at: number,
  values: Float32Array,
  columns: number,
  columnsUp: number,
): void {
  if (columns === columnsUp) {
    heap.set(values, at);
    return;
  }
  const count = values.length / columns;
  heap.fill(0, at, at + count * columnsUp);
  for (let r = 0; r < count; r++)
    for (let c = 0; c < columns; c++) heap[at + r * columnsUp + c] = values[r * columns + c] as number;
}
