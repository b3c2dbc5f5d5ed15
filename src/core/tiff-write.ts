import { InputError } from "./errors.js";
import type { Pixels } from "./frame.js";

/** One grey image to be written. */
export interface TiffImage {
  /** Photon counts, row-major (y, x): uint16 or float32. */
  readonly pixels: Pixels;
  /** [height, width] */
  readonly shape: readonly [number, number];
  /** Edge of a pixel in nm; written so that ImageJ and OME readers show it. */
  readonly pixelSizeNm?: number;
  /** Plain ASCII text; replaces the ImageJ header of ImageDescription. */
  readonly description?: string;
}

interface Entry {
  readonly tag: number;
  readonly type: 2 | 3 | 4 | 5;
  readonly values: readonly number[] | Uint8Array;
}
/** Bytes of one number in `values`; a rational (5) is two of them. */
const typeBytes = { 2: 1, 3: 2, 4: 4, 5: 4 } as const;

/**
 * A baseline TIFF 6.0: little-endian, uncompressed, one strip, uint16 or float32 (SampleFormat 3). The same
 * image gives the same bytes on every machine (no date, no software tag). The pixel size goes into XResolution
 * per centimetre and, without a `description`, into ImageJ's own header as pixels per micron.
 * @throws InputError when the number of pixels is not height × width
 */
export function encodeTiff(image: TiffImage): Uint8Array {
  const [height, width] = image.shape;
  const { pixels } = image;
  if (height < 1 || width < 1 || pixels.length !== height * width) {
    throw new InputError("BAD_SHAPE", `${pixels.length} pixels are no image of ${height} x ${width}`);
  }
  const float = pixels instanceof Float32Array;
  const bytesPerPixel = float ? 4 : 2;
  const description = image.description ?? imageJHeader(image.pixelSizeNm);
  const entries: Entry[] = [
    { tag: 256, type: 4, values: [width] },
    { tag: 257, type: 4, values: [height] },
    { tag: 258, type: 3, values: [bytesPerPixel * 8] },
    { tag: 259, type: 3, values: [1] },
    { tag: 262, type: 3, values: [1] },
    { tag: 270, type: 2, values: new TextEncoder().encode(`${description}\0`) },
    { tag: 273, type: 4, values: [0] },
    { tag: 277, type: 3, values: [1] },
    { tag: 278, type: 4, values: [height] },
    { tag: 279, type: 4, values: [pixels.length * bytesPerPixel] },
    ...resolution(image),
    { tag: 339, type: 3, values: [float ? 3 : 1] },
  ];
  return layOut(entries, pixels, bytesPerPixel);
}

function resolution(image: TiffImage): Entry[] {
  if (image.pixelSizeNm === undefined) return [];
  // ImageJ reads its `unit=` with the unitless resolution; other readers take pixels per centimetre.
  const imageJ = image.description === undefined;
  const perUnit = imageJ ? 1e3 / image.pixelSizeNm : 1e7 / image.pixelSizeNm;
  const rational = toRational(perUnit);
  return [
    { tag: 282, type: 5, values: rational },
    { tag: 283, type: 5, values: rational },
    { tag: 296, type: 3, values: [imageJ ? 1 : 3] },
  ];
}

function toRational(value: number): [number, number] {
  for (const denominator of [1, 10, 1000, 1e6]) {
    const numerator = Math.round(value * denominator);
    if (numerator < 2 ** 32 && Math.abs(numerator / denominator - value) < 1e-9 * value) {
      return [numerator, denominator];
    }
  }
  const denominator = Math.max(1, Math.floor(2 ** 31 / Math.max(1, value)));
  return [Math.round(value * denominator), denominator];
}

function imageJHeader(pixelSizeNm: number | undefined): string {
  return pixelSizeNm === undefined ? "ImageJ=1.53t\n" : "ImageJ=1.53t\nunit=micron\n";
}

function layOut(entries: readonly Entry[], pixels: Pixels, bytesPerPixel: number): Uint8Array {
  const directoryBytes = 2 + entries.length * 12 + 4;
  let extra = 8 + directoryBytes;
  const place = new Map<number, number>();
  for (const { tag, type, values } of entries) {
    const bytes = values.length * typeBytes[type];
    if (bytes <= 4) continue;
    place.set(tag, extra);
    extra += bytes + (bytes % 2);
  }
  const dataAt = extra + ((4 - (extra % 4)) % 4);
  const out = new Uint8Array(dataAt + pixels.length * bytesPerPixel);
  const view = new DataView(out.buffer);
  view.setUint16(0, 0x4949);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, entries.length, true);
  entries.forEach((entry, i) => {
    const at = 10 + i * 12;
    view.setUint16(at, entry.tag, true);
    view.setUint16(at + 2, entry.type, true);
    view.setUint32(at + 4, entry.type === 5 ? entry.values.length / 2 : entry.values.length, true);
    const far = place.get(entry.tag);
    if (far !== undefined) view.setUint32(at + 8, far, true);
    const values = entry.tag === 273 ? [dataAt] : entry.values;
    writeValues(view, far ?? at + 8, entry.type, values);
  });
  out.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), dataAt);
  return out;
}

function writeValues(view: DataView, at: number, type: Entry["type"], values: Entry["values"]): void {
  const step = typeBytes[type];
  values.forEach((value: number, i: number) => {
    if (type === 2) view.setUint8(at + i, value);
    else if (type === 3) view.setUint16(at + i * step, value, true);
    else view.setUint32(at + i * step, value, true);
  });
}
