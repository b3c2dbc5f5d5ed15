import { readFileSync } from "node:fs";
import type { OptimiserSpace } from "../src/optimiser/index.js";
import { parseSpace } from "../src/optimiser/index.js";

/** The seven benchmark problems of docs/science/optimiser.md. Inputs u in the unit cube; everything is minimised. */
export interface Problem {
  readonly name: string;
  readonly d: number;
  readonly m: number;
  readonly reference: readonly number[];
  readonly bestVolume: number;
  readonly ideal: readonly number[];
  readonly nadir: readonly number[];
  readonly weights: readonly number[];
  readonly bestUtility: number;
  /** Noise-free objectives. */
  readonly truth: (u: readonly number[]) => number[];
  /** One noisy observation from standard normal draws. */
  readonly observe: (u: readonly number[], z: readonly number[]) => number[];
  /** Noise bounds as a user of Kernel TS would state them: about twice the noise. */
  readonly noiseSd: readonly number[];
  /** Grid of an integer input: [index, steps]. */
  readonly grid?: readonly [number, number];
  /** Names, physical bounds; default u1… in 0..1. */
  readonly parameters?: readonly { name: string; min: number; max: number; integer?: boolean }[];
  readonly known?: Readonly<Record<number, readonly string[]>>;
}

const { PI, cos, sin, sqrt, exp, hypot, max, min } = Math;

function additive(
  truth: (u: readonly number[]) => number[],
  noise: readonly number[],
): (u: readonly number[], z: readonly number[]) => number[] {
  return (u, z) => truth(u).map((f, j) => f + (noise[j] as number) * (z[j] as number));
}

function braninCurrin(u: readonly number[]): number[] {
  const [x, y0] = u as [number, number];
  const a = 15 * x - 5;
  const b = 15 * y0;
  const y = max(y0, 1e-9);
  const branin =
    (b - (5.1 / (4 * PI * PI)) * a * a + (5 / PI) * a - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * cos(a) + 10;
  const top = 2300 * x ** 3 + 1900 * x ** 2 + 2092 * x + 60;
  const bottom = 100 * x ** 3 + 500 * x ** 2 + 4 * x + 20;
  return [branin, ((1 - exp(-1 / (2 * y))) * top) / bottom];
}

function zdt(shape: (ratio: number) => number): (u: readonly number[]) => number[] {
  return ([x = 0, ...rest]) => {
    const g = 1 + (9 / 2) * rest.reduce((a, b) => a + b, 0);
    return [x, g * shape(x / g)];
  };
}

function dtlz2([x1 = 0, x2 = 0, ...rest]: readonly number[]): number[] {
  const g = 1 + rest.reduce((sum, x) => sum + (x - 0.5) ** 2, 0);
  const a = (x1 * PI) / 2;
  const b = (x2 * PI) / 2;
  return [g * cos(a) * cos(b), g * cos(a) * sin(b), g * sin(a)];
}

/** RE3-5-4 of Tanabe and Ishibuchi (2020). */
function vehicle(u: readonly number[]): number[] {
  const [a, b, c, d, e] = u.map((v) => 1 + 2 * v) as [number, number, number, number, number];
  return [
    1640.2823 + 2.3573285 * a + 2.3220035 * b + 4.5688768 * c + 7.7213633 * d + 4.4559504 * e,
    6.5856 +
      1.15 * a -
      1.0427 * b +
      0.9738 * c +
      0.8364 * d -
      0.3695 * a * d +
      0.0861 * a * e +
      0.3628 * b * d -
      0.1106 * a * a -
      0.3437 * c * c +
      0.1764 * d * d,
    -0.0551 +
      0.0181 * a +
      0.1024 * b +
      0.0421 * c -
      0.0073 * a * b +
      0.024 * b * c -
      0.0118 * b * d -
      0.0204 * c * d -
      0.008 * c * e -
      0.0241 * b * b +
      0.0109 * d * d,
  ];
}

interface StedSettings {
  readonly powerMw: number;
  readonly excitationUw: number;
  readonly dwellUs: number;
  readonly lines: number;
}
/** A STED-like surrogate: resolution, bleaching, signal to noise, pixel time. @param rho brightness of the field */
function sted(
  { powerMw: p, excitationUw: e, dwellUs, lines }: StedSettings,
  rho: number,
): [number, number, number, number] {
  const time = dwellUs * lines;
  const saturated = e / (1 + e / 12);
  const s = 1 + p / 15;
  const bleach = 1 - exp(-0.0016 * time * saturated * (1 + (p / 90) ** 1.4));
  const photons = 0.9 * rho * time * saturated * s ** -0.6 * (1 - 0.5 * bleach);
  const background = 0.05 * time + 0.0006 * p * time;
  const snr = photons / sqrt(photons + background + 1);
  const resolution = hypot(690 / (2 * 1.4) / sqrt(s), 30) * (1 + 1.2 / (1 + snr * snr));
  return [min(resolution, 350), bleach, snr, time];
}
const sted3At = (u: readonly number[]): StedSettings => ({
  powerMw: 300 * (u[0] as number),
  excitationUw: 0.5 + 9.5 * (u[1] as number),
  dwellUs: 2 + 58 * (u[2] as number),
  lines: 1,
});
const sted4At = (u: readonly number[]): StedSettings => ({
  powerMw: 300 * (u[0] as number),
  excitationUw: 0.5 + 9.5 * (u[1] as number),
  dwellUs: 2 + 28 * (u[2] as number),
  lines: 1 + Math.round(7 * (u[3] as number)),
});
const quality = (r: number, snr: number): number =>
  1 / (1 + exp(-(snr - 3) / 0.9)) / (1 + exp((r - 105) / 22));
const brightness = (z: readonly number[]): number => exp(0.25 * (z[3] as number));

const third = [1 / 3, 1 / 3, 1 / 3];
export const problems: readonly Problem[] = [
  {
    name: "BraninCurrin",
    d: 2,
    m: 2,
    reference: [18, 6],
    bestVolume: 59.36011874867746,
    ideal: [0.397887, 1.180408],
    nadir: [18, 6],
    weights: [0.5, 0.5],
    bestUtility: 0.19548432881830113,
    truth: braninCurrin,
    observe: additive(braninCurrin, [15.19, 0.63]),
    noiseSd: [30, 1.26],
  },
  {
    name: "ZDT1",
    d: 3,
    m: 2,
    reference: [1.1, 1.1],
    bestVolume: 1.21 - 1 / 3,
    ideal: [0, 0],
    nadir: [1, 1],
    weights: [0.5, 0.5],
    bestUtility: 0.21008133428004183,
    truth: zdt((x) => 1 - sqrt(x)),
    observe: additive(
      zdt((x) => 1 - sqrt(x)),
      [0.02, 0.1],
    ),
    noiseSd: [0.04, 0.2],
  },
  {
    name: "ZDT2",
    d: 3,
    m: 2,
    reference: [1.1, 1.1],
    bestVolume: 1.21 - 2 / 3,
    ideal: [0, 0],
    nadir: [1, 1],
    weights: [0.5, 0.5],
    bestUtility: 0.33991872200152373,
    truth: zdt((x) => 1 - x * x),
    observe: additive(
      zdt((x) => 1 - x * x),
      [0.02, 0.1],
    ),
    noiseSd: [0.04, 0.2],
  },
  {
    name: "DTLZ2",
    d: 4,
    m: 3,
    reference: [1.1, 1.1, 1.1],
    bestVolume: 1.331 - PI / 6,
    ideal: [0, 0, 0],
    nadir: [1, 1, 1],
    weights: third,
    bestUtility: 0.2213189660916268,
    truth: dtlz2,
    observe: additive(dtlz2, [0.05, 0.05, 0.05]),
    noiseSd: [0.1, 0.1, 0.1],
  },
  {
    name: "VehicleSafety",
    d: 5,
    m: 3,
    reference: [1864.72022, 11.81993945, 0.2903999384],
    bestVolume: 246.81607081187002,
    ideal: [1661.7078, 6.1428, 0.0394],
    nadir: [1695.2, 10.7454, 0.264],
    weights: third,
    bestUtility: 0.08102542696152328,
    truth: vehicle,
    observe: additive(vehicle, [2, 0.25, 0.01]),
    noiseSd: [4, 0.5, 0.02],
  },
  {
    name: "STED3",
    d: 3,
    m: 3,
    reference: [250, 0.9, -0.5],
    bestVolume: 1319,
    ideal: [55, 0, -8],
    nadir: [250, 0.9, -0.5],
    weights: [0.4, 0.35, 0.25],
    bestUtility: 0.12033773793241674,
    truth: (u) => {
      const [r, b, s] = sted(sted3At(u), 1);
      return [r, b, -s];
    },
    observe: (u, z) => {
      const [r, b, s] = sted(sted3At(u), brightness(z));
      return [
        min(350, r * (1 + 0.06 * (z[0] as number))),
        b + 0.04 * (z[1] as number),
        -(s * (1 + 0.05 * (z[2] as number))),
      ];
    },
    noiseSd: [15, 0.1, 2],
  },
  {
    name: "STED4Q",
    d: 4,
    m: 3,
    reference: [0, 0.9, 240],
    bestVolume: 104.85,
    ideal: [-1, 0, 2],
    nadir: [0, 0.9, 240],
    weights: [0.5, 0.35, 0.15],
    bestUtility: 0.2177341962073307,
    truth: (u) => {
      const [r, b, s, time] = sted(sted4At(u), 1);
      return [-quality(r, s), b, time];
    },
    observe: (u, z) => {
      const [r, b, s, time] = sted(sted4At(u), brightness(z));
      return [-min(1, max(0, quality(r, s) + 0.06 * (z[0] as number))), b + 0.04 * (z[1] as number), time];
    },
    noiseSd: [0.1, 0.1, 0],
    grid: [3, 7],
    parameters: [
      { name: "u1", min: 0, max: 1 },
      { name: "u2", min: 0, max: 1 },
      { name: "dwellUs", min: 2, max: 30 },
      { name: "lines", min: 1, max: 8, integer: true },
    ],
    known: { 2: ["dwellUs", "lines"] },
  },
];

export function problemNamed(name: string): Problem {
  const found = problems.find((p) => p.name === name);
  if (found === undefined)
    throw new RangeError(`no problem ${name}; one of ${problems.map((p) => p.name).join(", ")}`);
  return found;
}

export function parametersOf(
  p: Problem,
): readonly { name: string; min: number; max: number; integer?: boolean }[] {
  return p.parameters ?? Array.from({ length: p.d }, (_, j) => ({ name: `u${j + 1}`, min: 0, max: 1 }));
}

export function toSettings(p: Problem, u: readonly number[]): Record<string, number> {
  return Object.fromEntries(
    parametersOf(p).map((q, j) => {
      const v = q.min + (u[j] as number) * (q.max - q.min);
      return [q.name, q.integer === true ? Math.round(v) : v];
    }),
  );
}

export function toUnit(p: Problem, settings: Readonly<Record<string, number>>): number[] {
  return parametersOf(p).map((q) => ((settings[q.name] as number) - q.min) / (q.max - q.min));
}

export interface SpaceOptions {
  readonly strategy: string;
  readonly seed: number;
  readonly thresholds: boolean;
  readonly prefer: boolean;
}
export function spaceOf(p: Problem, options: SpaceOptions): OptimiserSpace {
  const { strategy, seed, thresholds, prefer } = options;
  return parseSpace({
    parameters: parametersOf(p),
    objectives: p.reference.map((worst, j) => ({
      name: `f${j + 1}`,
      direction: "minimise",
      ...(thresholds ? { worstAcceptable: prefer ? p.nadir[j] : worst } : {}),
      ...(prefer ? { ideal: p.ideal[j] } : {}),
      ...(p.known?.[j] === undefined ? {} : { known: { product: p.known[j] } }),
      ...(strategy === "kernel-ts" && p.known?.[j] === undefined ? { noiseSd: p.noiseSd[j] } : {}),
    })),
    strategy,
    seed,
    ...(prefer
      ? { preference: { weights: Object.fromEntries(p.weights.map((w, j) => [`f${j + 1}`, w])) } }
      : {}),
  });
}

export interface SharedNoise {
  /** Points of the initial design. */
  readonly init: readonly (readonly number[])[];
  /** Standard normal draws per evaluation and channel. */
  readonly z: readonly (readonly number[])[];
}
const cache = new Map<string, readonly SharedNoise[]>();

/** The initial designs and noise draws that every method sees (20 seeds × 50 evaluations). */
export function sharedNoise(p: Problem, seed: number, root: string): SharedNoise {
  let all = cache.get(p.name);
  if (all === undefined) {
    const text = readFileSync(`${root}/bench/optimiser-data/${p.name}.jsonl`, "utf8");
    all = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as SharedNoise);
    cache.set(p.name, all);
  }
  const one = all[seed];
  if (one === undefined) throw new RangeError(`no shared noise for seed ${seed}`);
  return one;
}
