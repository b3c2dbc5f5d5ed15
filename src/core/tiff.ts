import { InputError } from "./errors.js";
import { readMeta, type TiffMeta } from "./tiff-meta.js";
import { readPage, readSamples, type Samples, type TiffPage } from "./tiff-read.js";
import { readDirectories } from "./tiff-tags.js";

export { isTiff } from "./tiff-tags.js";
export { encodeTiff, type TiffImage } from "./tiff-write.js";

/** One channel of one page as it is stored, before it is turned into counts. */
export interface RawPlane {
  readonly samples: Samples;
  /** [height, width] */
  readonly shape: readonly [number, number];
  /** "" for the only plane of a file, else e.g. "page 2 channel 1". */
  readonly label: string;
}
export interface RawTiff {
  readonly planes: readonly RawPlane[];
  readonly meta: TiffMeta;
  readonly notes: readonly string[];
}

/**
 * Reads every plane of a TIFF, BigTIFF, OME-TIFF or ImageJ stack (integers of 8, 16, 32 bit, signed or not, floats
 * of 32, 64 bit; strips or tiles; uncompressed, LZW, deflate, PackBits; predictors 2, 3; either byte order).
 * Thumbnails and pyramid levels are left out.
 * @param maxBytes most bytes of pixels that may be unpacked
 * @throws InputError for what is damaged, too big or of a kind that is not read
 */
export function decodeTiff(bytes: Uint8Array, maxBytes: number): RawTiff {
  const { littleEndian, directories } = readDirectories(bytes);
  const [first] = directories;
  if (first === undefined) throw new InputError("TIFF_CORRUPT", "the TIFF holds no image");
  const meta = readMeta(first);
  const notes = [...meta.notes];
  const full = directories.filter((d) => (d.number(254, 0) & 1) === 0 && d.number(255, 1) !== 2);
  const kept = full.length === 0 ? [first] : full;
  if (kept.length < directories.length) {
    notes.push(`${directories.length - kept.length} thumbnail or pyramid page(s) left out`);
  }
  let pages = kept.map((d) => readPage(d, bytes.length));
  const [page] = pages;
  if (pages.length === 1 && page !== undefined && meta.imageJPlanes > 1) {
    pages = stackPages(page, meta.imageJPlanes, bytes.length);
  }
  const declared = pages.reduce(
    (sum, p) => sum + p.width * p.height * p.channels * Math.max(4, p.bits / 8),
    0,
  );
  if (declared > maxBytes) {
    const mib = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
    throw new InputError(
      "IMAGE_TOO_BIG",
      `the TIFF declares ${mib(declared)} of pixels, above ${mib(maxBytes)}`,
      {
        hint: "crop it or split the stack",
      },
    );
  }
  const inverted = pages.some((p) => p.photometric === 0);
  if (inverted) notes.push("shown inverted by its writer; the stored values are taken as counts");
  const planes = pages.flatMap((p, i) =>
    readSamples(bytes, p, littleEndian).map((samples, c): RawPlane => {
      const words = [
        ...(pages.length > 1 ? [`page ${i + 1}`] : []),
        ...(p.channels > 1 ? [`channel ${c + 1}`] : []),
      ];
      return { samples, shape: [p.height, p.width], label: words.join(" ") };
    }),
  );
  return { planes, meta, notes };
}

/** ImageJ writes big stacks with one directory only, the planes one after another behind the first. */
function stackPages(page: TiffPage, planes: number, fileBytes: number): TiffPage[] {
  const [start] = page.offsets;
  const planeBytes = page.width * page.height * page.channels * (page.bits / 8);
  if (
    page.compression !== 1 ||
    page.tiled ||
    start === undefined ||
    start + planes * planeBytes > fileBytes
  ) {
    return [page];
  }
  return Array.from({ length: planes }, (_, i) => ({
    ...page,
    planar: false,
    tile: { width: page.width, height: page.height },
    offsets: [start + i * planeBytes],
    byteCounts: [planeBytes],
  }));
}
