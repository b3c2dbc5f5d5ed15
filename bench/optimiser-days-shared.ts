import { RandomStream } from "../src/core/index.js";
import { createOptimiser, type Optimiser, parseSpace } from "../src/optimiser/index.js";
import { hypervolume } from "../src/optimiser/maths/hypervolume.js";
import { sobolPoint } from "../src/optimiser/maths/sobol.js";

/** What differs from one day to the next: labelling, the doughnut's zero, how fast the dye bleaches. */
export interface Day {
  readonly brightness: number;
  /** Share of the doughnut's intensity left in its centre. */
  readonly residual: number;
  readonly bleachRate: number;
}

export function dayNumber(day: number): Day {
  const stream = RandomStream.of(day, "day");
  return {
    brightness: Math.exp(0.35 * stream.normal()),
    residual: 0.005 + 0.02 * stream.uniform(),
    bleachRate: Math.exp(0.3 * stream.normal()),
  };
}

export interface Seen {
  /** Nanometres, share, −signal to noise: all minimised. */
  readonly f: readonly [number, number, number];
}
const { exp, hypot, min, sqrt } = Math;

/** The STED-like surrogate of the benchmark (three knobs of 0..1) on a given day, at a field of brightness ρ. */
export function image(u: readonly number[], day: Day, rho = 1): [number, number, number] {
  const power = 300 * (u[0] as number);
  const excitation = 0.5 + 9.5 * (u[1] as number);
  const time = 2 + 58 * (u[2] as number);
  const saturated = excitation / (1 + excitation / 12);
  const s = 1 + power / 15;
  const bleach = 1 - exp(-0.0016 * day.bleachRate * time * saturated * (1 + (power / 90) ** 1.4));
  // What is left of the doughnut in its centre depletes the spot itself.
  const centre = 1 / (1 + day.residual * power);
  const photons = 0.9 * rho * day.brightness * time * saturated * s ** -0.6 * centre * (1 - 0.5 * bleach);
  const background = 0.05 * time + 0.0006 * power * time;
  const snr = photons / sqrt(photons + background + 1);
  const resolution = hypot(690 / (2 * 1.4) / sqrt(s), 30) * (1 + 1.2 / (1 + snr * snr));
  return [min(resolution, 350), bleach, -snr];
}

export const worst = [250, 0.9, -0.5] as const;
const names = ["u1", "u2", "u3"];

/** One noisy image; z: four standard normal numbers, the last the brightness of the field. */
export function measure(u: readonly number[], day: Day, z: readonly number[]): [number, number, number] {
  const [r, b, s] = image(u, day, exp(0.25 * (z[3] as number)));
  return [
    min(350, r * (1 + 0.06 * (z[0] as number))),
    b + 0.04 * (z[1] as number),
    s * (1 + 0.05 * (z[2] as number)),
  ];
}

/** Volume that 4096 spread settings reach on that day: what a regret is a share of. */
export function bestVolume(day: Day): number {
  const points = Array.from({ length: 4096 }, (_, i) =>
    sobolPoint(i, [1, 2, 3]).map((x) => min(1, Math.max(0, 0.5 + 1.25 * (x - 0.5)))),
  );
  return hypervolume(
    points.map((p) => image([...p], day)),
    worst,
  );
}

export const asSettings = (u: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, j) => [name, u[j] as number]));
export const asPoint = (settings: Readonly<Record<string, number>>): number[] =>
  names.map((name) => settings[name] as number);
export const asObjectives = (f: readonly number[]): Record<string, number> => ({
  resolutionNm: f[0] as number,
  bleaching: f[1] as number,
  snr: -(f[2] as number),
});

export function daySpace(seed: number, changes: Record<string, unknown> = {}): Promise<Optimiser> {
  return createOptimiser(
    parseSpace({
      parameters: names.map((name) => ({ name, min: 0, max: 1 })),
      objectives: [
        { name: "resolutionNm", direction: "minimise", worstAcceptable: worst[0], ideal: 55 },
        { name: "bleaching", direction: "minimise", worstAcceptable: worst[1], ideal: 0 },
        { name: "snr", direction: "maximise", worstAcceptable: -worst[2], ideal: 8 },
      ],
      seed,
      ...changes,
    }),
  );
}

export function fieldNoise(stream: RandomStream): number[] {
  return Array.from({ length: 4 }, () => stream.normal());
}
