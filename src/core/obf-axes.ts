import { InputError } from "./errors.js";
import type { ObfSamples } from "./obf-data.js";
import type { ObfAxis, ObfStack } from "./obf-header.js";
import { nanometresOf } from "./tiff-meta.js";
import type { Samples } from "./tiff-read.js";

/** Which axes of a stack make the image, which is summed, and which count images. */
export interface Roles {
  readonly x: number;
  readonly y: number;
  /** Photon arrival times. */
  readonly lifetime: readonly number[];
  /** Each place along these is an image of its own. */
  readonly others: readonly number[];
}

/** Longest axis of seconds that is a lifetime; a laser period is 12 to 100 ns. */
const longestLifetimeS = 1e-6;

function isLifetime(axis: ObfAxis): boolean {
  if (axis.pixels < 2) return false;
  if (/tcspc|lifetime|\bflim\b|\btau\b|microtime|arrival/i.test(axis.label)) return true;
  return axis.unit?.second === 1 && axis.unit.metre === 0 && axis.length * axis.unit.scale < longestLifetimeS;
}

/** null for a stack that is no image: a point, a line, a decay curve. */
export function rolesOf(stack: ObfStack): Roles | null {
  const { axes } = stack;
  const lifetime = axes.flatMap((axis, i) => (isLifetime(axis) ? [i] : []));
  const spatial = axes.flatMap((axis, i) => (axis.pixels > 1 && !lifetime.includes(i) ? [i] : []));
  // "ExpControl X", "Galvo X", "x [µm]": the scanner's name comes first. An x-z section has no Y of more than one pixel.
  const named = (letter: string): number | undefined =>
    spatial.find((i) =>
      new RegExp(`(^|[\\s-])${letter}(\\s*[[(].*)?$`, "i").test((axes[i] as ObfAxis).label),
    );
  const x = named("x") ?? spatial.find((i) => i !== named("y"));
  const y = named("y") ?? spatial.find((i) => i !== x);
  if (x === undefined || y === undefined) return null;
  return { x, y, lifetime, others: spatial.filter((i) => i !== x && i !== y) };
}

/** Pixel size along an axis in nm; null when the file does not say. Lengths without a unit are metres, as Imspector writes. */
export function pixelSizeNm(axis: ObfAxis): number | null {
  const { positions, length, pixels, unit, label } = axis;
  const step =
    positions === null
      ? length / pixels
      : ((positions.at(-1) as number) - (positions[0] as number)) / (pixels - 1);
  if (unit !== null) return unit.metre === 1 ? Math.abs(step) * unit.scale * 1e9 : null;
  const inLabel = /[[(]\s*([^\])]+?)\s*[\])]/.exec(label)?.[1];
  return Math.abs(step) * (inLabel === undefined ? 1e9 : (nanometresOf(inLabel) ?? Number.NaN));
}

/** Part of the lifetime axis that is kept, ns from its beginning as the file counts it. */
export type Gate = readonly [fromNs: number, toNs: number];

/** Which places of a lifetime axis are summed. @throws InputError BAD_GATE when the axis has no time scale or none is left */
function gateOf(axis: ObfAxis, gate: Gate | undefined): readonly number[] {
  const all = Array.from({ length: axis.pixels }, (_, i) => i);
  if (gate === undefined) return all;
  const scale = axis.unit === null ? 1 : axis.unit.second === 1 ? axis.unit.scale : Number.NaN;
  const ns = (i: number): number =>
    1e9 * scale * (axis.positions?.[i] ?? axis.offset + ((i + 0.5) * axis.length) / axis.pixels);
  const kept = all.filter((i) => ns(i) >= gate[0] && ns(i) < gate[1]);
  if (kept.length === 0) {
    const range = `${Number(ns(0).toPrecision(4))} … ${Number(ns(axis.pixels - 1).toPrecision(4))} ns`;
    throw new InputError(
      "BAD_GATE",
      `no time between ${gate[0]} and ${gate[1]} ns; the stack's run ${range}`,
    );
  }
  return kept;
}

export interface CutPlane {
  readonly samples: Samples;
  /** Place along each axis of `Roles.others`, from 0. */
  readonly place: readonly number[];
}

/** Distance in samples from one place to the next along each axis. */
function stridesOf(stack: ObfStack): number[] {
  return stack.axes.map((_, i) => stack.axes.slice(0, i).reduce((p, axis) => p * axis.pixels, 1));
}

/** How many images a stack holds, and bytes of memory that they take beside its data. */
export function costOf(stack: ObfStack, roles: Roles): { readonly images: number; readonly bytes: number } {
  const pixels = (i: number): number => (stack.axes[i] as ObfAxis).pixels;
  const images = roles.others.reduce((product, i) => product * pixels(i), 1);
  const summed = roles.lifetime.length > 0 || stridesOf(stack)[roles.y] !== pixels(roles.x);
  return { images, bytes: (summed ? 8 : 0) * images * pixels(roles.x) * pixels(roles.y) };
}

/** The images of a stack, their lifetime axes summed (or the part inside `gate`). */
export function cut(stack: ObfStack, roles: Roles, samples: ObfSamples, gate: Gate | undefined): CutPlane[] {
  const { axes } = stack;
  const strides = stridesOf(stack);
  const stride = (i: number): number => strides[i] as number;
  const pixels = (i: number): number => (axes[i] as ObfAxis).pixels;
  const [width, height] = [pixels(roles.x), pixels(roles.y)];
  const [sx, sy] = [stride(roles.x), stride(roles.y)];
  const offsets = roles.lifetime.reduce<readonly number[]>(
    (sums, i) => sums.flatMap((at) => gateOf(axes[i] as ObfAxis, gate).map((k) => at + k * stride(i))),
    [0],
  );
  const places = roles.others.reduce<readonly (readonly number[])[]>(
    (all, i) => all.flatMap((place) => Array.from({ length: pixels(i) }, (_, k) => [...place, k])),
    [[]],
  );
  const big = samples instanceof BigInt64Array || samples instanceof BigUint64Array;
  return places.map((place) => {
    const start = place.reduce((sum, k, n) => sum + k * stride(roles.others[n] as number), 0);
    if (!big && sx === 1 && sy === width && roles.lifetime.length === 0) {
      return { samples: samples.subarray(start, start + width * height), place };
    }
    const out = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = start + y * sy + x * sx;
        let sum = 0;
        for (const offset of offsets) sum += Number(samples[at + offset]);
        out[y * width + x] = sum;
      }
    }
    return { samples: out, place };
  });
}
