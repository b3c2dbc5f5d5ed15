import type { Weights } from "./torch-file.js";

/**
 * The published network worked out with plain loops in double precision, straight from its description: convolution,
 * batch normalisation, pooling, ELU, maps, transposed convolutions with their crops, sigmoid. No line is shared with
 * the importer.
 */
interface Maps {
  readonly data: Float64Array;
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

export function publishedHeatmap(weights: Weights, image: Float32Array, h: number, w: number): Float64Array {
  const get = (name: string): Float32Array => weights.get(name) ?? new Float32Array();
  const unit = (x: Maps, n: number): Maps => {
    const normalised = batchNorm(
      convolve(x, get(`conv${n}.weight`), get(`conv${n}.bias`), 1),
      get,
      `conv${n}_bn`,
    );
    return elu(n === 6 ? normalised : pool(normalised, n === 1));
  };
  const map = (x: Maps, name: string): Maps => convolve(x, get(`${name}.weight`), get(`${name}.bias`), 0);
  const s3 = unit(unit(unit({ data: Float64Array.from(image), c: 1, h, w }, 1), 2), 3);
  const s4 = unit(s3, 4);
  const s6 = unit(unit(s4, 5), 6);
  const a = crop(transposed(map(s6, "map7x7"), get("upscore2.weight"), 4, 2));
  const b = crop(transposed(sum(map(s4, "map14x14"), a), get("upscore2b.weight"), 4, 2));
  const z = transposed(sum(map(s3, "map28x28"), b), get("upscore8.weight"), 8, 8);
  return z.data.map((v) => 1 / (1 + Math.exp(-(1.5 * v - 0.25))));
}

function convolve(x: Maps, kernel: Float32Array, bias: Float32Array, pad: number): Maps {
  const k = 2 * pad + 1;
  const data = new Float64Array(bias.length * x.h * x.w);
  for (let o = 0; o < bias.length; o++)
    for (let y = 0; y < x.h; y++)
      for (let col = 0; col < x.w; col++) {
        let v = bias[o] ?? 0;
        for (let i = 0; i < x.c; i++)
          for (let dy = 0; dy < k; dy++)
            for (let dx = 0; dx < k; dx++) {
              const yy = y + dy - pad;
              const xx = col + dx - pad;
              if (yy < 0 || yy >= x.h || xx < 0 || xx >= x.w) continue;
              v +=
                (kernel[((o * x.c + i) * k + dy) * k + dx] ?? 0) * (x.data[(i * x.h + yy) * x.w + xx] ?? 0);
            }
        data[(o * x.h + y) * x.w + col] = v;
      }
  return { data, c: bias.length, h: x.h, w: x.w };
}

function batchNorm(x: Maps, get: (name: string) => Float32Array, name: string): Maps {
  const [g, b, m, v] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
    get(`${name}.${part}`),
  );
  const area = x.h * x.w;
  const data = x.data.map((value, i) => {
    const c = Math.floor(i / area);
    return ((g?.[c] ?? 0) * (value - (m?.[c] ?? 0))) / Math.sqrt((v?.[c] ?? 0) + 1e-5) + (b?.[c] ?? 0);
  });
  return { ...x, data };
}

function pool(x: Maps, first: boolean): Maps {
  const h = first ? x.h / 2 + 1 : Math.floor(x.h / 2);
  const w = first ? x.w / 2 + 1 : Math.floor(x.w / 2);
  const start = first ? -1 : 0;
  const data = new Float64Array(x.c * h * w).fill(Number.NEGATIVE_INFINITY);
  for (let c = 0; c < x.c; c++)
    for (let y = 0; y < h; y++)
      for (let col = 0; col < w; col++)
        for (let dy = 0; dy < 2; dy++)
          for (let dx = 0; dx < 2; dx++) {
            const yy = 2 * y + dy + start;
            const xx = 2 * col + dx + start;
            if (yy < 0 || yy >= x.h || xx < 0 || xx >= x.w) continue;
            const to = (c * h + y) * w + col;
            data[to] = Math.max(data[to] ?? 0, x.data[(c * x.h + yy) * x.w + xx] ?? 0);
          }
  return { data, c: x.c, h, w };
}

function elu(x: Maps): Maps {
  return { ...x, data: x.data.map((v) => (v > 0 ? v : Math.exp(v) - 1)) };
}

function transposed(x: Maps, kernel: Float32Array, k: number, stride: number): Maps {
  const h = (x.h - 1) * stride + k;
  const w = (x.w - 1) * stride + k;
  const data = new Float64Array(h * w);
  for (let y = 0; y < x.h; y++)
    for (let col = 0; col < x.w; col++)
      for (let p = 0; p < k; p++)
        for (let q = 0; q < k; q++) {
          const to = (y * stride + p) * w + col * stride + q;
          data[to] = (data[to] ?? 0) + (x.data[y * x.w + col] ?? 0) * (kernel[p * k + q] ?? 0);
        }
  return { data, c: 1, h, w };
}

function crop(x: Maps): Maps {
  const h = x.h - 2;
  const w = x.w - 2;
  const data = Float64Array.from({ length: h * w }, (_, i) => {
    return x.data[(Math.floor(i / w) + 1) * x.w + (i % w) + 1] ?? 0;
  });
  return { data, c: 1, h, w };
}

function sum(a: Maps, b: Maps): Maps {
  return { ...a, data: a.data.map((v, i) => v + (b.data[i] ?? 0)) };
}
