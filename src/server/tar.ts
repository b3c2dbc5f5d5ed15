import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/index.js";

const block = 512;
/** What eleven octal digits can say. */
const mostBytes = 8 ** 11 - 1;

/**
 * A folder as one POSIX ustar archive (IEEE 1003.1-1988), file after file and never all of it in memory.
 * @throws InputError EXPORT_TOO_BIG for a single file of 8 GiB and more, or a path that the format cannot hold
 */
export async function* tarOf(folder: string): AsyncGenerator<Uint8Array> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.sort()) {
    const path = join(folder, name);
    const { size, mtimeMs } = await stat(path).then((s) => ({ ...s, size: s.isFile() ? s.size : -1 }));
    if (size < 0) continue;
    yield headerOf(name.replaceAll("\\", "/"), size, Math.floor(mtimeMs / 1000));
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
    const rest = size % block;
    if (rest > 0) yield new Uint8Array(block - rest);
  }
  yield new Uint8Array(2 * block);
}

/** @param mtime seconds since 1970 */
export function headerOf(name: string, size: number, mtime: number): Uint8Array {
  const [prefix, last] = splitName(name);
  if (size > mostBytes) throw tooBig(`${name} is larger than 8 GiB`);
  const header = Buffer.alloc(block);
  const put = (text: string, at: number): void => {
    header.write(text, at, "utf8");
  };
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  put(last, 0);
  put(octal(0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(mtime, 11), 136);
  put("        0", 148);
  put("ustar\0" + "00", 257);
  put(prefix, 345);
  let sum = 0;
  for (const byte of header) sum += byte;
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A path of up to 255 bytes: 155 before a slash, 100 behind it. */
function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
    const [front, back] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(front) <= 155 && Buffer.byteLength(back) <= 100) return [front, back];
  }
  throw tooBig(`the path ${name} is too long`);
}

function tooBig(what: string): InputError {
  return new InputError("EXPORT_TOO_BIG", `${what} for one archive`, { hint: "use `stedloop export`" });
}
