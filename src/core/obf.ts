import { InputError } from "./errors.js";
import { costOf, cut, type Gate, pixelSizeNm, type Roles, rolesOf } from "./obf-axes.js";
import { notCounts, readObfSamples, unpackedBytes } from "./obf-data.js";
import { type ObfAxis, type ObfStack, readObfStacks } from "./obf-header.js";
import type { Samples } from "./tiff-read.js";

export { isObf } from "./obf-header.js";

/** One image of one stack as it is stored, before it is turned into counts. */
export interface ObfPlane {
  readonly samples: Samples;
  /** [height, width] */
  readonly shape: readonly [number, number];
  /** The stack's name, and e.g. "z 2 t 1" behind it where it holds several images. */
  readonly label: string;
  readonly stack: { readonly index: number; readonly name: string };
  readonly pixelSizeNm: number | null;
}
export interface RawObf {
  readonly planes: readonly ObfPlane[];
  readonly notes: readonly string[];
}
export interface ObfOptions {
  /** A stack's name or its number from 0; default: every stack that is an image. */
  readonly stack?: string | undefined;
  /** Part of lifetime axes that is summed, ns; default: all of it. */
  readonly lifetimeNs?: Gate | undefined;
}

/**
 * Reads the image stacks of an Imspector file (.obf, .msr; stacks of version 0 to 7, plain or zip, in pieces or not).
 * Lifetime axes are summed, every place along z, t and other axes is a plane. Stacks that are no image of counts
 * (curves, colour, complex numbers) are left out and named in `notes`.
 * @param maxBytes most bytes that may be unpacked, all chosen stacks together
 * @throws InputError OBF_CORRUPT, OBF_UNSUPPORTED, OBF_COMPRESSION, IMAGE_TOO_BIG, NO_STACK, NO_IMAGE, BAD_GATE
 */
export function decodeObf(bytes: Uint8Array, maxBytes: number, options: ObfOptions = {}): RawObf {
  const stacks = readObfStacks(bytes);
  const chosen = options.stack === undefined ? stacks : [findStack(stacks, options.stack)];
  const notes: string[] = [];
  const images = chosen.flatMap((stack): ImageStack[] => {
    const roles = rolesOf(stack);
    const why =
      stack.dataBytes === 0
        ? "holds no data"
        : (notCounts(stack) ?? (roles === null ? `is no image (${sizeText(stack)} pixels)` : null));
    if (why === null && roles !== null) return [{ stack, roles }];
    notes.push(`stack ${stack.index} '${stack.name}' left out: ${why}`);
    return [];
  });
  if (images.length === 0) {
    const reasons = notes.length === 0 ? "" : `: ${notes.join("; ")}`;
    throw new InputError("NO_IMAGE", `the file holds no image stack${reasons}`);
  }
  checkSize(images, maxBytes);
  const planes = images.flatMap(({ stack, roles }) =>
    planesOf(bytes, stack, roles, options.lifetimeNs, notes),
  );
  return { planes, notes };
}

function findStack(stacks: readonly ObfStack[], wanted: string): ObfStack {
  const found =
    stacks.find((s) => s.name === wanted) ??
    (/^\d+$/.test(wanted) ? stacks[Number(wanted)] : undefined) ??
    stacks.find((s) => s.name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const names = stacks.map((s) => `${s.index} '${s.name}'`).join(", ");
  throw new InputError("NO_STACK", `there is no stack '${wanted}'`, { hint: `it has ${names || "none"}` });
}

interface ImageStack {
  readonly stack: ObfStack;
  readonly roles: Roles;
}
/** More images than this make a file of a few bytes a burden: each is an object of its own. */
const mostImages = 10_000;

function checkSize(images: readonly ImageStack[], maxBytes: number): void {
  const costs = images.map(({ stack, roles }) => costOf(stack, roles));
  const count = costs.reduce((sum, cost) => sum + cost.images, 0);
  const declared = images.reduce(
    (sum, { stack }, i) => sum + unpackedBytes(stack) + (costs[i]?.bytes ?? 0),
    0,
  );
  const mib = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
  const hint = "choose one stack, or save fewer of them";
  if (count > mostImages) {
    throw new InputError("IMAGE_TOO_BIG", `the stacks declare ${count} images, above ${mostImages}`, {
      hint,
    });
  }
  if (declared > maxBytes) {
    const text = `the stacks declare ${mib(declared)} of data, above ${mib(maxBytes)}`;
    throw new InputError("IMAGE_TOO_BIG", text, { hint });
  }
}

function planesOf(
  bytes: Uint8Array,
  stack: ObfStack,
  roles: Roles,
  gate: Gate | undefined,
  notes: string[],
): ObfPlane[] {
  const { samples, short } = readObfSamples(bytes, stack);
  if (short) notes.push(`stack '${stack.name}' was ended early: what is missing counts as 0`);
  if (roles.lifetime.length > 0) {
    const part = gate === undefined ? "all arrival times" : `arrival times from ${gate[0]} to ${gate[1]} ns`;
    notes.push(`stack '${stack.name}': ${part} summed`);
  }
  const [x, y] = [stack.axes[roles.x] as ObfAxis, stack.axes[roles.y] as ObfAxis];
  const size = sensible(pixelSizeNm(x), stack.name, notes);
  const high = pixelSizeNm(y);
  if (size !== null && high !== null && Math.abs(high / size - 1) > 0.01) {
    notes.push(`stack '${stack.name}': pixels of ${size} by ${Number(high.toPrecision(4))} nm`);
  }
  const shape = [y.pixels, x.pixels] as const;
  return cut(stack, roles, samples, gate).map(({ samples: values, place }) => {
    const words = roles.others.map(
      (axis, n) => `${letter(stack.axes[axis] as ObfAxis, axis)} ${(place[n] ?? 0) + 1}`,
    );
    return {
      samples: values,
      shape,
      label: [stack.name || `stack ${stack.index}`, ...words].join(" "),
      stack: { index: stack.index, name: stack.name },
      pixelSizeNm: size,
    };
  });
}

/** A size outside 1 nm … 10 µm is no microscope's: the stack was made without one. */
function sensible(nm: number | null, name: string, notes: string[]): number | null {
  if (nm !== null && nm >= 1 && nm <= 10_000) return Number(nm.toPrecision(6));
  const text = nm === null || Number.isNaN(nm) ? "in no unit of length" : `${Number(nm.toPrecision(4))} nm`;
  notes.push(`stack '${name}': pixel size ${text} ignored`);
  return null;
}

/** The axis as a word: the last letter of "ExpControl Z", or its number. */
function letter(axis: ObfAxis, index: number): string {
  return /(?:^|[\s-])([a-z])$/i.exec(axis.label)?.[1]?.toLowerCase() ?? `axis ${index + 1}`;
}

/**
 * Index of the plane to take where one is meant: the first of a stack named STED, else the first that is not named as
 * something else (a confocal, an overview, a mask), else the first.
 */
export function preferredPlane(planes: readonly { readonly stack?: { readonly name: string } }[]): number {
  const other = /conf|overview|transmission|rescue|mask|\bref/i;
  const find = (wanted: (name: string) => boolean): number =>
    planes.findIndex((p) => wanted(p.stack?.name ?? ""));
  const sted = find((name) => /sted/i.test(name) && !other.test(name));
  return sted >= 0
    ? sted
    : Math.max(
        0,
        find((name) => !other.test(name)),
      );
}

function sizeText(stack: ObfStack): string {
  return stack.axes.map((axis) => axis.pixels).join(" × ");
}
