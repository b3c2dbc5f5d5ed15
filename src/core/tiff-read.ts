import { endianness } from "node:os";
import { InputError } from "./errors.js";
import { undoDifferences, undoFloatDifferences, unpack } from "./tiff-codecs.js";
import { corrupt, type TiffDirectory } from "./tiff-tags.js";

export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** One page of a TIFF before its pixels are read: everything that the pixels' place follows from. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel: channels of one page. */
  readonly channels: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 float */
  readonly format: number;
  readonly planar: boolean;
  readonly compression: number;
  readonly predictor: number;
  readonly photometric: number;
  readonly tile: { readonly width: number; readonly height: number };
  readonly tiled: boolean;
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
}

export function readPage(d: TiffDirectory, fileBytes: number): TiffPage {
  const width = d.number(256, 0);
  const height = d.number(257, 0);
  if (!(width >= 1 && height >= 1))
    throw corrupt(`the TIFF declares an image of ${height} x ${width} pixels`);
  const channels = Math.max(1, d.number(277, 1));
  const allBits = d.numbers(258);
  const bits = allBits[0] ?? 1;
  const format = d.number(339, 1) === 4 ? 1 : d.number(339, 1);
  if (allBits.some((b) => b !== bits))
    throw unreadable(`channels of different depth (${allBits.join(", ")} bit)`);
  if (makers[`${format}/${bits}`] === undefined) {
    throw unreadable(`${bits}-bit pixels of sample format ${format}`);
  }
  const tiled = d.has(322) && d.has(324);
  const tile = tiled
    ? { width: d.number(322, 0), height: d.number(323, 0) }
    : { width, height: Math.min(height, d.number(278, height) || height) };
  if (!(tile.width >= 1 && tile.height >= 1)) throw corrupt("the TIFF declares empty tiles");
  const offsets = d.numbers(tiled ? 324 : 273);
  const compression = d.number(259, 1);
  const planar = d.number(284, 1) === 2 && channels > 1;
  const across = Math.ceil(width / tile.width);
  const down = Math.ceil(height / tile.height);
  const wanted = across * down * (planar ? channels : 1);
  if (offsets.length < wanted)
    throw corrupt(`the TIFF holds ${offsets.length} of ${wanted} pieces of its image`);
  let byteCounts = d.numbers(tiled ? 325 : 279);
  if (byteCounts.length < wanted) {
    if (compression !== 1) throw corrupt("the TIFF does not say how long its compressed pieces are");
    const bytes = tile.width * tile.height * (planar ? 1 : channels) * (bits / 8);
    byteCounts = offsets.map((at) => Math.min(bytes, Math.max(0, fileBytes - at)));
  }
  const predictor = d.number(317, 1);
  if (![1, 2, 3].includes(predictor)) throw unreadable(`predictor ${predictor}`);
  return {
    width,
    height,
    channels,
    bits,
    format,
    planar,
    compression,
    predictor,
    photometric: d.number(262, 1),
    tile,
    tiled,
    offsets,
    byteCounts,
  };
}

function unreadable(what: string): InputError {
  return new InputError("TIFF_UNSUPPORTED", `${what} are not read`, {
    hint: "save it as 8, 16 or 32 bit grey, uncompressed",
  });
}

const makers: Readonly<Record<string, new (buffer: ArrayBuffer) => Samples>> = {
  "1/8": Uint8Array,
  "2/8": Int8Array,
  "1/16": Uint16Array,
  "2/16": Int16Array,
  "1/32": Uint32Array,
  "2/32": Int32Array,
  "3/32": Float32Array,
  "3/64": Float64Array,
};

/**
 * Reads the pixels of one page. @returns one array a channel, row-major.
 * @param bytes the whole file @param littleEndian the file's byte order
 */
export function readSamples(bytes: Uint8Array, page: TiffPage, littleEndian: boolean): Samples[] {
  const { width, height, channels, tile, planar } = page;
  const make = makers[`${page.format}/${page.bits}`] as new (buffer: ArrayBuffer) => Samples;
  const size = page.bits / 8;
  const out = Array.from({ length: channels }, () => new make(new ArrayBuffer(width * height * size)));
  const across = Math.ceil(width / tile.width);
  const down = Math.ceil(height / tile.height);
  const step = planar ? 1 : channels;
  for (let piece = 0; piece < across * down * (planar ? channels : 1); piece++) {
    const plane = Math.floor(piece / (across * down));
    const inPlane = piece % (across * down);
    const x0 = (inPlane % across) * tile.width;
    const y0 = Math.floor(inPlane / across) * tile.height;
    const rows = Math.min(tile.height, height - y0);
    const samples = piecePixels(bytes, page, piece, littleEndian, make, rows, step);
    const columns = Math.min(tile.width, width - x0);
    for (let c = 0; c < step; c++) {
      const target = out[plane + c] as Samples;
      if (step === 1 && columns === width && tile.width === width) {
        target.set(samples.subarray(0, rows * width) as never, y0 * width);
        continue;
      }
      for (let y = 0; y < rows; y++) {
        const from = y * tile.width * step + c;
        const to = (y0 + y) * width + x0;
        for (let x = 0; x < columns; x++) target[to + x] = samples[from + x * step] as number;
      }
    }
  }
  return out;
}

function piecePixels(
  bytes: Uint8Array,
  page: TiffPage,
  piece: number,
  littleEndian: boolean,
  make: new (buffer: ArrayBuffer) => Samples,
  rows: number,
  step: number,
): Samples {
  const size = page.bits / 8;
  const rowSamples = page.tile.width * step;
  // Tiles are always whole; the last strip may be short or padded.
  const wanted = (page.tiled ? page.tile.height : rows) * rowSamples * size;
  const limit = page.tile.height * rowSamples * size;
  const at = page.offsets[piece] as number;
  const length = page.byteCounts[piece] as number;
  if (!(at + length <= bytes.length)) throw corrupt("the TIFF ends before its pixels do");
  const packed = unpack(bytes.subarray(at, at + length), page.compression, limit);
  if (packed.length < wanted) throw corrupt("the TIFF holds fewer pixels than it declares");
  const own = new Uint8Array(wanted);
  own.set(packed.subarray(0, wanted));
  if (page.predictor === 3) {
    const sorted = undoFloatDifferences(own, rowSamples, step, size);
    swap(sorted, size, false);
    return new make(sorted.buffer as ArrayBuffer);
  }
  swap(own, size, littleEndian);
  if (page.predictor === 2) {
    const lanes = size === 1 ? own : size === 2 ? new Uint16Array(own.buffer) : new Uint32Array(own.buffer);
    if (size === 8) throw unreadable("64-bit pixels with predictor 2");
    undoDifferences(lanes, rowSamples, step);
  }
  return new make(own.buffer);
}

/** Turns the file's byte order into this machine's. */
function swap(bytes: Uint8Array, size: number, littleEndian: boolean): void {
  if (size === 1 || littleEndian === (endianness() === "LE")) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
}
