/** Sum over the square of side 2·radius + 1 about every pixel, zeros beyond the frame; row-major, same shape. */
export function boxSums(values: Float32Array, height: number, width: number, radius: number): Float32Array {
  const out = new Float32Array(values.length);
  const pass = (from: Float32Array, to: Float32Array, n: number, step: number, base: number): void => {
    let sum = 0;
    for (let i = 0; i < Math.min(radius, n); i++) sum += from[base + i * step] as number;
    for (let i = 0; i < n; i++) {
      if (i + radius < n) sum += from[base + (i + radius) * step] as number;
      to[base + i * step] = sum;
      if (i >= radius) sum -= from[base + (i - radius) * step] as number;
    }
  };
  const rows = new Float32Array(values.length);
  for (let y = 0; y < height; y++) pass(values, rows, width, 1, y * width);
  for (let x = 0; x < width; x++) pass(rows, out, height, width, x);
  return out;
}
