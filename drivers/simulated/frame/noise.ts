/** Counting noise: exact Poisson and binomial deviates from a named stream. */
import type { RandomStream } from "../../../src/core/index.js";

const logFactorials = new Float64Array(256);
for (let i = 2; i < logFactorials.length; i++)
  logFactorials[i] = (logFactorials[i - 1] as number) + Math.log(i);

const reciprocals = Float64Array.from({ length: 128 }, (_, k) => 1 / k);

/** ln k! by table, above it Stirling's series (error below 1e-12). */
function logFactorial(k: number): number {
  if (k < logFactorials.length) return logFactorials[k] as number;
  const n = k + 1;
  return (n - 0.5) * Math.log(n) - n + 0.9189385332046727 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** Poisson deviate; inversion below 12, else Hörmann's transformed rejection PTRS (1993). @param mean >= 0 */
export function poisson(mean: number, random: RandomStream): number {
  if (!(mean > 0)) return 0;
  if (mean < 12) {
    let p = Math.exp(-mean);
    let u = random.uniform32();
    let k = 0;
    while (u > p && k < 100) {
      u -= p;
      k++;
      p *= mean * (reciprocals[k] as number);
    }
    return k;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const alpha = 1.1239 + 1.1328 / (b - 3.4);
  const cut = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= cut) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log((v * alpha) / (a / (us * us) + b));
    if (left <= k * logMean - mean - logFactorial(k)) return k;
  }
}

/** Binomial deviate; inversion where n min(p, 1-p) < 12, else Hörmann's BTRS (1993). @param n whole, >= 0 @param p 0..1 */
export function binomial(n: number, p: number, random: RandomStream): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  if (n * p < 12) {
    const q = 1 - p;
    const ratio = p / q;
    let f = q ** n;
    let u = random.uniform32();
    let k = 0;
    while (u > f && k < n && k < 127) {
      u -= f;
      k++;
      f *= ratio * (n - k + 1) * (reciprocals[k] as number);
    }
    return k;
  }
  const sd = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * sd;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const cut = 0.92 - 4.2 / b;
  const odds = Math.log(p / (1 - p));
  const alpha = (2.83 + 5.1 / b) * sd;
  const mode = Math.floor((n + 1) * p);
  const peak = logFactorial(mode) + logFactorial(n - mode);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= cut) return k;
    if (k < 0 || k > n) continue;
    const left = Math.log((v * alpha) / (a / (us * us) + b));
    if (left <= peak - logFactorial(k) - logFactorial(n - k) + (k - mode) * odds) return k;
  }
}
