import { InputError } from "./errors.js";
import type { Pixels } from "./frame.js";

/** counts = c0 + c1 × value; what lies below zero becomes 0 and is told in `notes`. Whole numbers up to 65535 as uint16 (float32 stays what it is), everything else as float32. */
export function toCounts(
  samples: ArrayLike<number>,
  shape: readonly [number, number],
  label: string,
  c0: number,
  c1: number,
  notes: string[],
): Pixels {
  const n = samples.length;
  const asTheyAre = c0 === 0 && c1 === 1;
  if (asTheyAre && samples instanceof Uint16Array) return samples;
  const { below, lowest, greatest, whole } = survey(samples, shape, label, c0, c1);
  if (2 * below > n) {
    throw new InputError(
      "NOT_COUNTS",
      `${below} of ${n} pixels${of(label)} lie below zero: no photon counts`,
      {
        hint: "undo the offset or normalisation before saving",
      },
    );
  }
  if (below > 0) {
    notes.push(`${below} pixels${of(label)} below zero (lowest ${Number(lowest.toPrecision(6))}) taken as 0`);
  }
  if (asTheyAre && below === 0 && samples instanceof Float32Array) return samples;
  const small = whole && greatest <= 65535 && !(samples instanceof Float32Array);
  const out = small ? new Uint16Array(n) : new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const v = c0 + c1 * (samples[i] as number);
    out[i] = Math.max(0, v);
  }
  return out;
}

interface Survey {
  readonly below: number;
  readonly lowest: number;
  readonly greatest: number;
  readonly whole: boolean;
}

/** One pass over the counts to be. @throws InputError naming the first pixel that is not finite in float32 */
function survey(
  samples: ArrayLike<number>,
  shape: readonly [number, number],
  label: string,
  c0: number,
  c1: number,
): Survey {
  const largest = 3.4028234663852886e38;
  let below = 0;
  let lowest = 0;
  let greatest = 0;
  let whole = true;
  for (let i = 0; i < samples.length; i++) {
    const v = c0 + c1 * (samples[i] as number);
    if (!(v <= largest && v >= -largest)) {
      const at = `y ${Math.floor(i / shape[1])}, x ${i % shape[1]}`;
      throw new InputError("NOT_FINITE", `pixel (${at})${of(label)} is ${v}, not a photon count`);
    }
    if (v > greatest) greatest = v;
    else if (v < 0) {
      below++;
      if (v < lowest) lowest = v;
    }
    if (whole && v !== Math.floor(v)) whole = false;
  }
  return { below, lowest, greatest, whole };
}

function of(label: string): string {
  return label === "" ? "" : ` of ${label}`;
}
