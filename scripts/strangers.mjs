// Frames that a network for STED frames must not take as its own, by kind: for scripts/trust.mjs.
import { renderFrame } from "../dist/drivers/simulated/index.js";
import { poissonCount, RandomStream } from "../dist/src/core/index.js";

const side = 224;
const pixelSizeNm = 20;
const image = (pixels) => ({ pixels, shape: [side, side], pixelSizeNm });
const of = (value) =>
  Uint16Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));

/** Light off, shutter closed, detector off: zeros, dark counts, an even level. */
function blank(random, i) {
  const mean = [0, 0.02, 0.2, 3][i % 4];
  return image(of(() => poissonCount(mean, random)));
}

/** A frame of the network's own kind whose brighter half of the foreground is at the detector's end. */
function saturated(random, i, frames) {
  const { pixels } = frames[i % frames.length];
  const sorted = Uint16Array.from(pixels).sort();
  const end = Math.max(16, sorted[Math.floor(sorted.length * random.between(0.9, 0.97))]);
  const gain = Math.max(1, 32 / end);
  return image(Uint16Array.from(pixels, (v) => Math.min(end * gain, v * gain)));
}

/** Scanned with pixels of 60 nm but said to be 20 nm: three by three frames, each shrunk to a third. */
function wrongPixelSize(_random, i, frames) {
  const out = new Uint16Array(side * side);
  const parts = Array.from({ length: 9 }, (_, k) => frames[(9 * i + k) % frames.length].pixels);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const part = parts[3 * Math.min(2, Math.floor(y / 75)) + Math.min(2, Math.floor(x / 75))];
      let sum = 0;
      for (let b = 0; b < 9; b++) {
        const [py, px] = [3 * (y % 75) + Math.floor(b / 3), 3 * (x % 75) + (b % 3)];
        sum += part[Math.min(side - 1, py) * side + Math.min(side - 1, px)];
      }
      out[y * side + x] = Math.min(65535, sum);
    }
  }
  return image(out);
}

/** Confocal frames as a tuning run takes them, of fields of their own. */
function confocal(random, i, _frames, structure) {
  const settings = {
    depletionPowerMw: 0,
    excitationPowerUw: random.between(5, 15),
    dwellTimeUs: random.between(5, 20),
    lineRepeats: 1,
  };
  const { pixels } = renderFrame({ sample: { structure }, settings, kind: "confocal", seed: 50_000 + i });
  return image(pixels);
}

/** Photon noise, Gaussian noise, salt and pepper, uniform noise. */
function noise(random, i) {
  const mean = 2 * 100 ** random.uniform();
  const kinds = [
    () => poissonCount(mean, random),
    () => Math.max(0, Math.round(mean + 0.5 * mean * random.normal())),
    () => (random.uniform() < 0.05 ? 255 : random.uniform() < 0.5 ? 0 : 1),
    () => random.int(256),
  ];
  return image(of(kinds[i % kinds.length]));
}

/** Discs of all sizes that hide each other ("dead leaves", the usual model of photographs), 8 bits, a little noise. */
function photograph(random) {
  const out = new Float64Array(side * side).fill(-1);
  const [least, most] = [3, 120];
  for (let n = 0, left = out.length; n < 4000 && left > 0; n++) {
    const share = random.uniform();
    // Radii fall off with their cube: the picture looks alike at every scale.
    const r = 1 / Math.sqrt(share / most ** 2 + (1 - share) / least ** 2);
    const [cx, cy] = [random.between(-r, side + r), random.between(-r, side + r)];
    const [grey, slopeX, slopeY] = [
      random.between(10, 245),
      random.between(-0.3, 0.3),
      random.between(-0.3, 0.3),
    ];
    for (let y = Math.max(0, Math.ceil(cy - r)); y < Math.min(side, cy + r); y++) {
      for (let x = Math.max(0, Math.ceil(cx - r)); x < Math.min(side, cx + r); x++) {
        if ((x - cx) ** 2 + (y - cy) ** 2 > r * r || out[y * side + x] >= 0) continue;
        out[y * side + x] = grey + slopeX * (x - cx) + slopeY * (y - cy);
        left--;
      }
    }
  }
  return image(
    Uint16Array.from(out, (v) =>
      Math.round(Math.min(255, Math.max(0, (v < 0 ? 128 : v) + 2 * random.normal()))),
    ),
  );
}

export const strangers = { blank, saturated, wrongPixelSize, confocal, noise, photograph };

/** @param frames frames of the network's own kind that it was never trained on, [{pixels}] */
export function strangersOf(kind, count, frames, structure) {
  return Array.from({ length: count }, (_, i) =>
    strangers[kind](RandomStream.of(404, kind, i), i, frames, structure),
  );
}
