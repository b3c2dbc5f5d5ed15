/** Frames of which everything is known: Gaussian beams on points, lines and waves, with shot noise. */
import { poisson } from "../../drivers/simulated/frame/noise.js";
import { type Image, type ObjectiveValue, RandomStream } from "../../src/core/index.js";
import { evaluateObjectives, type Triple } from "../../src/objectives/index.js";

export const pixelSizeNm = 20;
export const sigmaToFwhm = 2 * Math.sqrt(2 * Math.LN2);

/** Values of the STED frame alone. */
export function look(sted: Image | null, more: Partial<Triple> = {}): Record<string, ObjectiveValue> {
  return evaluateObjectives({ before: null, sted, after: null, score: null, settings: {}, ...more });
}

export const estimates = ["resolutionNm", "frcNm", "fwhmNm", "periodicity", "snr"] as const;

export function image(expected: ArrayLike<number>, side: number, seed: number): Image {
  const random = RandomStream.of(seed, "shot noise");
  const pixels = Uint16Array.from(expected, (v) => poisson(v, random));
  return { pixels, shape: [side, side], pixelSizeNm };
}

/** Adds a Gaussian of unit sum at a place between pixels, without a cut that would ring. */
function splat(into: Float64Array, side: number, x: number, y: number, sigma: number, photons: number): void {
  const reach = Math.ceil(6 * sigma);
  for (let py = Math.max(0, Math.floor(y) - reach); py <= Math.min(side - 1, Math.floor(y) + reach); py++) {
    for (let px = Math.max(0, Math.floor(x) - reach); px <= Math.min(side - 1, Math.floor(x) + reach); px++) {
      const d2 = (px - x) ** 2 + (py - y) ** 2;
      const i = py * side + px;
      into[i] =
        (into[i] as number) + (photons * Math.exp(-d2 / (2 * sigma * sigma))) / (2 * Math.PI * sigma * sigma);
    }
  }
}

/**
 * Points at random places, a Poisson number of them: the spectrum of the structure is flat, so the spectral signal to
 * noise ratio is photons · exp(−4π²σ²q²), whatever the density. @param perPixel density @param photons of one point
 */
export function points(o: {
  sigma: number;
  photons: number;
  perPixel?: number;
  side?: number;
  seed?: number;
}): Image {
  const { sigma, photons, perPixel = 0.02, side = 224, seed = 1 } = o;
  const random = RandomStream.of(seed, "points");
  const margin = 6 * sigma;
  const expected = new Float64Array(side * side);
  const n = poisson(perPixel * (side + 2 * margin) ** 2, random);
  for (let i = 0; i < n; i++) {
    const at = () => random.between(-margin, side + margin);
    splat(expected, side, at(), at(), sigma, photons);
  }
  return image(expected, side, seed);
}

/** Expected counts of a few bright groups of points in the middle of a field, dark between them. @param groups of three points */
export function fewPlaces(groups: number, photons: number, seed: number): Float64Array {
  const side = 224;
  const random = RandomStream.of(seed, "few places");
  const expected = new Float64Array(side * side);
  for (let k = 0; k < groups; k++) {
    const [x, y] = [random.between(60, 164), random.between(60, 164)];
    for (let i = 0; i < 3; i++) {
      const near = (at: number) => at + random.between(-5, 5);
      splat(expected, side, near(x), near(y), 2.5, photons);
    }
  }
  return expected;
}

/** Period, nm, at which the spectral signal to noise ratio of `points` is 1/3. */
export function knownResolutionNm(o: { sigma: number; photons: number }): number {
  return (pixelSizeNm * 2 * Math.PI * o.sigma) / Math.sqrt(Math.log(3 * o.photons));
}

/** Straight lines with a Gaussian cross section. @param crest counts on the crest @param floor counts beside */
export function lines(o: {
  sigma: number;
  crest: number;
  floor?: number;
  count?: number;
  seed?: number;
}): Image {
  const { sigma, crest, floor = 0, count = 6, seed = 1 } = o;
  const side = 224;
  const random = RandomStream.of(seed, "lines");
  const expected = new Float64Array(side * side).fill(floor);
  for (let k = 0; k < count; k++) {
    const angle = random.between(0, Math.PI);
    const offset = random.between(-90, 90);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const d = (x - 112) * Math.cos(angle) + (y - 112) * Math.sin(angle) - offset;
        expected[y * side + x] =
          (expected[y * side + x] as number) + crest * Math.exp(-(d * d) / (2 * sigma * sigma));
      }
    }
  }
  return image(expected, side, seed);
}

/** mean · (1 + contrast · cos) over the whole frame. @param angle of the wave vector, rad */
export function wave(o: {
  periodNm: number;
  angle: number;
  mean?: number;
  contrast?: number;
  seed?: number;
}): Image {
  const { periodNm, angle, mean = 50, contrast = 0.9, seed = 1 } = o;
  const side = 224;
  const k = (2 * Math.PI * pixelSizeNm) / periodNm;
  const expected = Float64Array.from({ length: side * side }, (_, i) => {
    const along = (i % side) * Math.cos(angle) + Math.floor(i / side) * Math.sin(angle);
    return mean * (1 + contrast * Math.cos(k * along));
  });
  return image(expected, side, seed);
}

export function transposed({ pixels, shape: [height, width], pixelSizeNm: nm }: Image): Image {
  const out = new Float32Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[x * height + y] = pixels[y * width + x] as number;
  }
  return { pixels: out, shape: [width, height], pixelSizeNm: nm };
}
