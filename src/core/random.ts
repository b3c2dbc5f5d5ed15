import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

const TWO_POW_32 = 4294967296;
const TWO_POW_MINUS_53 = 2 ** -53;

/** 32-bit FNV-1a with a final avalanche: a stream's name to a seed, the same on every machine. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) | 0;
}

/**
 * A named, seeded stream of random numbers (xoroshiro128+ of pure-rand). Two streams of other names
 * are independent, so that switching one consumer on or off leaves the others' draws unchanged.
 */
export class RandomStream {
  private spareNormal: number | null = null;

  private constructor(private readonly generator: RandomGenerator) {}

  /** @param seed the run's seed (any finite integer) @param names path of the stream, e.g. ("bleaching", 12) */
  static of(seed: number, ...names: readonly (string | number)[]): RandomStream {
    const path = `${seed}/${names.join("/")}`;
    const state = [1, 2, 3, 4].map((word) => hash32(`${word}:${path}`));
    const generator = xoroshiro128plusFromState(state);
    for (let i = 0; i < 8; i++) generator.next();
    return new RandomStream(generator);
  }

  static restore(state: readonly number[]): RandomStream {
    return new RandomStream(xoroshiro128plusFromState([...state]));
  }

  /** State for a save; a spare normal deviate is dropped, so save only between uses that matter. */
  save(): number[] {
    this.spareNormal = null;
    return [...this.generator.getState()];
  }

  /** Uniform 32-bit unsigned integer. */
  uint32(): number {
    return this.generator.next() >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) * TWO_POW_MINUS_53;
  }

  /** Uniform in [0, 1) with 32 bits: twice as fast, for pixel loops. */
  uniform32(): number {
    return this.uint32() / TWO_POW_32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.spareNormal = v * factor;
        return u * factor;
      }
    }
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const a = out[i] as T;
      out[i] = out[j] as T;
      out[j] = a;
    }
    return out;
  }
}
