import { inflateSync } from "node:zlib";
import { InputError } from "./errors.js";

/** A strip or tile unpacked; never more than `limit` bytes, whatever the data claim. */
export function unpack(data: Uint8Array, compression: number, limit: number): Uint8Array {
  switch (compression) {
    case 1:
      return data.subarray(0, limit);
    case 5:
      return lzw(data, limit);
    case 8:
    case 32946:
      return inflate(data, limit);
    case 32773:
      return packBits(data, limit);
    default:
      throw new InputError(
        "TIFF_COMPRESSION",
        `compression ${compression}${names[compression] ?? ""} is not read`,
        { hint: "save it uncompressed, LZW or deflate: lossy compression also changes counts" },
      );
  }
}

const names: Readonly<Record<number, string>> = {
  2: " (CCITT)",
  3: " (CCITT)",
  4: " (CCITT)",
  6: " (JPEG)",
  7: " (JPEG)",
  33003: " (JPEG 2000)",
  33005: " (JPEG 2000)",
  34925: " (LZMA)",
  50000: " (Zstandard)",
  50001: " (WebP)",
};

function inflate(data: Uint8Array, limit: number): Uint8Array {
  try {
    // A stream that ends early gives what is there (the caller sees that it is short); one that goes on is cut.
    return inflateSync(data, { maxOutputLength: limit + 1, finishFlush: 2 }).subarray(0, limit);
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? "";
    const text = code === "ERR_BUFFER_TOO_LARGE" ? "unpacks to more than the image holds" : "are damaged";
    throw new InputError("TIFF_CORRUPT", `the deflate-compressed pixels ${text}`, { cause });
  }
}

function packBits(data: Uint8Array, limit: number): Uint8Array {
  const out = new Uint8Array(limit);
  let to = 0;
  for (let at = 0; at < data.length && to < limit; ) {
    const head = data[at++] as number;
    if (head < 128) {
      const run = Math.min(head + 1, limit - to, data.length - at);
      out.set(data.subarray(at, at + run), to);
      to += run;
      at += head + 1;
    } else if (head > 128) {
      const run = Math.min(257 - head, limit - to);
      out.fill(data[at++] ?? 0, to, to + run);
      to += run;
    }
  }
  return out.subarray(0, to);
}

const clear = 256;
const end = 257;

/** TIFF's LZW: codes of 9 to 12 bits, most significant bit first, one code early (TIFF 6.0, section 13). */
function lzw(data: Uint8Array, limit: number): Uint8Array {
  const out = new Uint8Array(limit);
  // Entry = a stretch of what was already written: no strings are kept, so no input can make the table big.
  const start = new Uint32Array(4097);
  const length = new Uint32Array(4097);
  let next = 258;
  let bits = 9;
  let buffer = 0;
  let held = 0;
  let to = 0;
  let previous = -1;
  for (let at = 0; to < limit; ) {
    while (held < bits && at < data.length) {
      buffer = ((buffer << 8) | (data[at++] as number)) & 0xffffff;
      held += 8;
    }
    if (held < bits) break;
    const code = (buffer >> (held - bits)) & ((1 << bits) - 1);
    held -= bits;
    if (code === end) break;
    if (code === clear) {
      next = 258;
      bits = 9;
      previous = -1;
      continue;
    }
    if (code > next || (code === next && previous < 0) || (code > 255 && code < 258)) {
      throw new InputError("TIFF_CORRUPT", "the LZW-compressed pixels are damaged");
    }
    const from = to;
    if (previous >= 0 && next < 4096) {
      start[next] = previous;
      length[next] = from - previous + 1;
      next++;
    }
    if (code < 256) out[to++] = code;
    else {
      const first = start[code] as number;
      const run = Math.min(length[code] as number, limit - to);
      for (let i = 0; i < run; i++) out[to++] = out[first + i] as number;
    }
    previous = from;
    if (next >= (1 << bits) - 1 && bits < 12) bits++;
  }
  return out.subarray(0, to);
}

/** Undoes horizontal differencing (Predictor 2) in place. @param rowSamples samples in a row, @param step samples a pixel */
export function undoDifferences(
  rows: Uint8Array | Uint16Array | Uint32Array,
  rowSamples: number,
  step: number,
): void {
  for (let base = 0; base < rows.length; base += rowSamples) {
    const stop = Math.min(base + rowSamples, rows.length);
    for (let i = base + step; i < stop; i++) rows[i] = (rows[i] as number) + (rows[i - step] as number);
  }
}

/** Undoes Predictor 3: bytes of each row are differenced and sorted by significance. @returns big-endian samples */
export function undoFloatDifferences(
  bytes: Uint8Array,
  rowSamples: number,
  step: number,
  size: number,
): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const rowBytes = rowSamples * size;
  for (let base = 0; base + rowBytes <= bytes.length; base += rowBytes) {
    const row = bytes.subarray(base, base + rowBytes);
    for (let i = step; i < rowBytes; i++) row[i] = (row[i] as number) + (row[i - step] as number);
    for (let i = 0; i < rowSamples; i++) {
      for (let b = 0; b < size; b++) out[base + i * size + b] = row[b * rowSamples + i] as number;
    }
  }
  return out;
}
