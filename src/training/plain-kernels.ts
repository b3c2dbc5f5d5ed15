/** What a network needs beside convolutions, on plain arrays, channels last: loops that V8 compiles well. */

export interface PoolShape {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly stride: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** 2x2 maximum; windows that hang over the lower or right border see only what is there. */
export function maxPool(x: Float32Array, s: PoolShape): Float32Array {
  const out = new Float32Array(s.n * s.outHeight * s.outWidth * s.channels);
  const { channels } = s;
  eachLine(s, (to, from, down) => {
    for (let ox = 0; ox < s.outWidth; ox++) {
      const right = ox * s.stride + 1 < s.width ? channels : 0;
      const a = from + ox * s.stride * channels;
      const o = to + ox * channels;
      for (let c = 0; c < channels; c++) {
        const at = a + c;
        const upper = Math.max(x[at] as number, x[at + right] as number);
        out[o + c] = Math.max(upper, x[at + down] as number, x[at + down + right] as number);
      }
    }
  });
  return out;
}

/** Gradient of `maxPool`: to the first greatest of each window. */
export function maxPoolBack(x: Float32Array, dy: Float32Array, s: PoolShape): Float32Array {
  const out = new Float32Array(x.length);
  const { channels } = s;
  eachLine(s, (to, from, down) => {
    for (let ox = 0; ox < s.outWidth; ox++) {
      const right = ox * s.stride + 1 < s.width ? channels : 0;
      const a = from + ox * s.stride * channels;
      const o = to + ox * channels;
      for (let c = 0; c < channels; c++) {
        const at = a + c;
        let best = at;
        if ((x[at + right] as number) > (x[best] as number)) best = at + right;
        if ((x[at + down] as number) > (x[best] as number)) best = at + down;
        if ((x[at + down + right] as number) > (x[best] as number)) best = at + down + right;
        out[best] = (out[best] as number) + (dy[o + c] as number);
      }
    }
  });
  return out;
}

/** @param visit start of an output line, start of the window's upper line, step to its lower line (0 past the border) */
function eachLine(s: PoolShape, visit: (to: number, from: number, down: number) => void): void {
  const line = s.width * s.channels;
  for (let image = 0; image < s.n; image++) {
    for (let oy = 0; oy < s.outHeight; oy++) {
      const y = oy * s.stride;
      const to = (image * s.outHeight + oy) * s.outWidth * s.channels;
      visit(to, (image * s.height + y) * line, y + 1 < s.height ? line : 0);
    }
  }
}

/** a op b, where b is as long as a's last axis and is repeated along the others. */
export function byChannel(
  a: Float32Array,
  b: Float32Array,
  op: "add" | "subtract" | "multiply" | "squaredDifference",
): Float32Array {
  const out = new Float32Array(a.length);
  const n = b.length;
  for (let at = 0; at < a.length; at += n) {
    if (op === "add") for (let c = 0; c < n; c++) out[at + c] = (a[at + c] as number) + (b[c] as number);
    else if (op === "multiply")
      for (let c = 0; c < n; c++) out[at + c] = (a[at + c] as number) * (b[c] as number);
    else if (op === "subtract")
      for (let c = 0; c < n; c++) out[at + c] = (a[at + c] as number) - (b[c] as number);
    else
      for (let c = 0; c < n; c++) {
        const d = (a[at + c] as number) - (b[c] as number);
        out[at + c] = d * d;
      }
  }
  return out;
}

/** Sums over all axes but the last, times `factor`. @param channels length of the last axis */
export function sumToChannels(x: Float32Array, channels: number, factor: number): Float32Array {
  const sum = new Float64Array(channels);
  for (let at = 0; at < x.length; at += channels) {
    for (let c = 0; c < channels; c++) sum[c] = (sum[c] as number) + (x[at + c] as number);
  }
  return Float32Array.from(sum, (v) => v * factor);
}
