/** Gaussian blur of a frame, borders reflected, cut at 4 sigma: core's, made for small sigmas in a hurry. */

/** @param sigma in pixels, > 0 @returns same shape */
export function blur(values: ArrayLike<number>, height: number, width: number, sigma: number): Float32Array {
  const radius = Math.max(1, Math.floor(4 * sigma + 0.5));
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, w, i) => sum + (i === 0 ? w : 2 * w), 0);
  for (let i = 0; i <= radius; i++) weights[i] = (weights[i] as number) / total;
  const rows = new Float64Array(height * width);
  const line = new Float64Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < line.length; i++) {
      line[i] = values[y * width + reflect(i - radius, width)] as number;
    }
    for (let x = 0; x < width; x++) {
      let v = (weights[0] as number) * (line[x + radius] as number);
      for (let k = 1; k <= radius; k++) {
        const both = (line[x + radius - k] as number) + (line[x + radius + k] as number);
        v += (weights[k] as number) * both;
      }
      rows[y * width + x] = v;
    }
  }
  const out = new Float32Array(height * width);
  const sum = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const middle = y * width;
    for (let x = 0; x < width; x++) sum[x] = (weights[0] as number) * (rows[middle + x] as number);
    for (let k = 1; k <= radius; k++) {
      const above = reflect(y - k, height) * width;
      const below = reflect(y + k, height) * width;
      const w = weights[k] as number;
      for (let x = 0; x < width; x++) {
        sum[x] = (sum[x] as number) + w * ((rows[above + x] as number) + (rows[below + x] as number));
      }
    }
    out.set(sum, middle);
  }
  return out;
}

function reflect(i: number, n: number): number {
  let j = i;
  while (j < 0 || j >= n) j = j < 0 ? -j - 1 : 2 * n - j - 1;
  return j;
}
