import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { InputError } from "../core/index.js";

/** One file inside a zip archive (a Python wheel is one). */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;

function broken(path: string, what: string): InputError {
  return new InputError("BAD_ARCHIVE", `not a readable wheel: ${what}`, {
    where: path,
    hint: "download it again",
  });
}

/**
 * The central directory of a zip file below 4 GiB (PKWARE APPNOTE 4.3). Reads only the directory.
 * @throws InputError BAD_ARCHIVE
 */
export async function zipEntries(path: string): Promise<ZipEntry[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, endBytes + 65_535));
    await file.read(tail, 0, tail.length, size - tail.length);
    let end = tail.length - endBytes;
    while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--;
    if (end < 0) throw broken(path, "no end record");
    const count = tail.readUInt16LE(end + 10);
    const bytes = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (start + bytes > size) throw broken(path, "the directory lies outside the file");
    const directory = Buffer.alloc(bytes);
    await file.read(directory, 0, bytes, start);
    const entries: ZipEntry[] = [];
    for (let at = 0, i = 0; i < count; i++) {
      if (at + 46 > bytes || directory.readUInt32LE(at) !== entrySignature) {
        throw broken(path, `entry ${i} is damaged`);
      }
      const nameBytes = directory.readUInt16LE(at + 28);
      entries.push({
        name: directory.toString("utf8", at + 46, at + 46 + nameBytes),
        method: directory.readUInt16LE(at + 10),
        compressedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        headerOffset: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
  } finally {
    await file.close();
  }
}

/** Unpacks the entries that `wanted` accepts below `folder`, streaming. @returns bytes written */
export async function unzip(
  path: string,
  folder: string,
  wanted: (name: string) => boolean,
  onFile?: (name: string, bytes: number) => void,
): Promise<number> {
  const entries = (await zipEntries(path)).filter((e) => !e.name.endsWith("/") && wanted(e.name));
  const file = await open(path, "r");
  let total = 0;
  try {
    for (const entry of entries) {
      const inside = normalize(entry.name);
      if (inside.startsWith("..") || inside.startsWith("/")) throw broken(path, `entry ${entry.name}`);
      if (entry.method !== 0 && entry.method !== 8) throw broken(path, `method ${entry.method}`);
      const local = Buffer.alloc(30);
      await file.read(local, 0, 30, entry.headerOffset);
      if (local.readUInt32LE(0) !== localSignature) throw broken(path, `entry ${entry.name} is damaged`);
      const start = entry.headerOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      const target = join(folder, inside);
      await mkdir(dirname(target), { recursive: true });
      onFile?.(entry.name, entry.bytes);
      let written = 0;
      const counter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          written += chunk.length;
          done(null, chunk);
        },
      });
      const source =
        entry.compressedBytes === 0
          ? Readable.from([])
          : createReadStream(path, { start, end: start + entry.compressedBytes - 1, highWaterMark: 1 << 20 });
      if (entry.method === 8 && entry.compressedBytes > 0) {
        await pipeline(source, createInflateRaw(), counter, createWriteStream(target));
      } else {
        await pipeline(source, counter, createWriteStream(target));
      }
      if (written !== entry.bytes) throw broken(path, `entry ${entry.name} is cut short`);
      total += written;
    }
  } finally {
    await file.close();
  }
  return total;
}
