import { InputError } from "./errors.js";

/** Bytes of one value by TIFF field type (1 = BYTE … 18 = IFD8); others are unknown and skipped. */
const sizes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
const maxPages = 65536;
const maxValues = 1 << 24;

interface Field {
  readonly type: number;
  readonly count: number;
  readonly at: number;
}

export function corrupt(message: string): InputError {
  return new InputError("TIFF_CORRUPT", message, {
    hint: "the file is damaged or was cut off; copy it again",
  });
}

/** One directory of a TIFF: its tags, read when asked for, every place checked against the file's end. */
export class TiffDirectory {
  constructor(
    private readonly view: DataView,
    private readonly littleEndian: boolean,
    private readonly fields: ReadonlyMap<number, Field>,
  ) {}

  has(tag: number): boolean {
    return this.fields.has(tag);
  }

  /** All values of a numeric tag; empty when it is absent. Rationals as quotients. */
  numbers(tag: number): number[] {
    const field = this.fields.get(tag);
    if (field === undefined || field.type === 2) return [];
    if (field.count > maxValues) throw corrupt(`tag ${tag} claims ${field.count} values`);
    const size = sizes[field.type] as number;
    return Array.from({ length: field.count }, (_, i) => this.value(field.type, field.at + i * size));
  }

  /** The first value of a tag, or `otherwise`. */
  number(tag: number, otherwise: number): number {
    const field = this.fields.get(tag);
    return field === undefined || field.type === 2 || field.count === 0
      ? otherwise
      : this.value(field.type, field.at);
  }

  text(tag: number): string {
    const field = this.fields.get(tag);
    if (field === undefined) return "";
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + field.at, field.count);
    return new TextDecoder().decode(bytes).replace(/\0[\s\S]*$/, "");
  }

  private value(type: number, at: number): number {
    const { view, littleEndian: le } = this;
    switch (type) {
      case 3:
        return view.getUint16(at, le);
      case 4:
      case 13:
        return view.getUint32(at, le);
      case 5:
        return view.getUint32(at, le) / view.getUint32(at + 4, le);
      case 6:
        return view.getInt8(at);
      case 8:
        return view.getInt16(at, le);
      case 9:
        return view.getInt32(at, le);
      case 10:
        return view.getInt32(at, le) / view.getInt32(at + 4, le);
      case 11:
        return view.getFloat32(at, le);
      case 12:
        return view.getFloat64(at, le);
      case 16:
      case 18:
        return Number(view.getBigUint64(at, le));
      case 17:
        return Number(view.getBigInt64(at, le));
      default:
        return view.getUint8(at);
    }
  }
}

export interface TiffLayout {
  readonly littleEndian: boolean;
  readonly directories: readonly TiffDirectory[];
}

export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  if (a === 0x49 && b === 0x49) return (c === 42 || c === 43) && d === 0;
  return a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
}

/** All top-level directories of a TIFF or BigTIFF. @throws InputError for a damaged or hostile structure */
export function readDirectories(bytes: Uint8Array): TiffLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const big = view.getUint16(2, littleEndian) === 43;
  if (bytes.length < (big ? 16 : 8)) throw corrupt("the TIFF ends inside its header");
  if (big && view.getUint16(4, littleEndian) !== 8) throw corrupt("the BigTIFF header is not one");
  const offset = (at: number): number =>
    big ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  let at = offset(big ? 8 : 4);
  while (at !== 0) {
    if (seen.has(at)) throw corrupt("the TIFF's pages point at each other in a circle");
    if (seen.size >= maxPages) throw corrupt(`the TIFF has more than ${maxPages} pages`);
    seen.add(at);
    const { directory, next } = readDirectory(view, littleEndian, big, at, offset);
    directories.push(directory);
    at = next;
  }
  if (directories.length === 0) throw corrupt("the TIFF holds no image");
  return { littleEndian, directories };
}

function readDirectory(
  view: DataView,
  le: boolean,
  big: boolean,
  at: number,
  offset: (at: number) => number,
): { readonly directory: TiffDirectory; readonly next: number } {
  const countBytes = big ? 8 : 2;
  const entryBytes = big ? 20 : 12;
  const inline = big ? 8 : 4;
  const inside = (place: number, bytes: number): boolean => place + bytes <= view.byteLength;
  if (!inside(at, countBytes)) throw corrupt("a page of the TIFF lies beyond the end of the file");
  const entries = big ? Number(view.getBigUint64(at, le)) : view.getUint16(at, le);
  const first = at + countBytes;
  if (!inside(first, entries * entryBytes + inline)) throw corrupt("the TIFF ends inside its page table");
  const fields = new Map<number, Field>();
  for (let i = 0; i < entries; i++) {
    const entry = first + i * entryBytes;
    const tag = view.getUint16(entry, le);
    const type = view.getUint16(entry + 2, le);
    const size = sizes[type];
    if (size === undefined) continue;
    const count = big ? Number(view.getBigUint64(entry + 4, le)) : view.getUint32(entry + 4, le);
    const value = entry + (big ? 12 : 8);
    const place = count * size <= inline ? value : offset(value);
    if (!inside(place, count * size)) {
      // Private tags of other programs are none of our business, even when broken.
      if (tag < 32768) throw corrupt(`tag ${tag} of the TIFF lies beyond the end of the file`);
      continue;
    }
    fields.set(tag, { type, count, at: place });
  }
  return {
    directory: new TiffDirectory(view, le, fields),
    next: offset(first + entries * entryBytes),
  };
}
