/** Sobol points with direction numbers of Joe and Kuo (2008, "new-joe-kuo-6") and hash-based Owen scrambling (Laine, Karras 2011). */

/** Per dimension from the second: degree, coefficients of the primitive polynomial, initial direction numbers. */
const joeKuo: readonly (readonly [number, number, readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
];
export const maxSobolDimensions = joeKuo.length + 1;
const bits = 32;

function directions(dimension: number): Uint32Array {
  const v = new Uint32Array(bits);
  if (dimension === 0) {
    for (let i = 0; i < bits; i++) v[i] = 1 << (bits - 1 - i);
    return v;
  }
  const [degree, polynomial, initial] = joeKuo[dimension - 1] as (typeof joeKuo)[number];
  for (let i = 0; i < bits; i++) {
    if (i < degree) {
      v[i] = (initial[i] as number) << (bits - 1 - i);
      continue;
    }
    let x = (v[i - degree] as number) ^ ((v[i - degree] as number) >>> degree);
    for (let k = 1; k < degree; k++)
      if (((polynomial >>> (degree - 1 - k)) & 1) === 1) x ^= v[i - k] as number;
    v[i] = x;
  }
  return v;
}

const tables: Uint32Array[] = [];
function table(dimension: number): Uint32Array {
  tables[dimension] ??= directions(dimension);
  return tables[dimension];
}

function reverseBits(x: number): number {
  let r = x;
  r = ((r & 0x55555555) << 1) | ((r >>> 1) & 0x55555555);
  r = ((r & 0x33333333) << 2) | ((r >>> 2) & 0x33333333);
  r = ((r & 0x0f0f0f0f) << 4) | ((r >>> 4) & 0x0f0f0f0f);
  r = ((r & 0x00ff00ff) << 8) | ((r >>> 8) & 0x00ff00ff);
  return ((r << 16) | (r >>> 16)) >>> 0;
}

/** Nested uniform scrambling: every bit is flipped by a hash of the bits above it. */
function owen(x: number, seed: number): number {
  let r = reverseBits(x);
  r = (r + seed) | 0;
  r ^= Math.imul(r, 0x6c50b47c);
  r ^= Math.imul(r, 0xb82f1e52);
  r ^= Math.imul(r, 0xc7afe638);
  r ^= Math.imul(r, 0x8d22f6e6);
  return reverseBits(r >>> 0);
}

/** Point `index` (0-based) of the unscrambled sequence, as 32-bit fractions. */
export function sobolBits(index: number, dimension: number): number {
  const v = table(dimension);
  let gray = (index ^ (index >>> 1)) >>> 0;
  let x = 0;
  for (let i = 0; gray !== 0; i++, gray >>>= 1) if ((gray & 1) === 1) x ^= v[i] as number;
  return x >>> 0;
}

/** Scrambled point `index` in [0,1)^d. @param seeds one 32-bit number a dimension; d ≤ maxSobolDimensions */
export function sobolPoint(index: number, seeds: readonly number[]): Float64Array {
  const point = new Float64Array(seeds.length);
  for (let j = 0; j < seeds.length; j++)
    point[j] = (owen(sobolBits(index, j), seeds[j] as number) + 0.5) / 4294967296;
  return point;
}

/** A dose leaves little but the corner of little light: where nothing of the box is allowed, ever less of it from there. */
export const shrinks = [1, 0.3, 0.1, 0.03, 0.01, 0.003] as const;
