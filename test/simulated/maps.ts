import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";

/** Molecules per 20 nm pixel, 224x224, of one of pySTED's example maps. */
export function exampleMap(name: string): Int32Array {
  const { data } = decode(readFileSync(join(import.meta.dirname, "fixtures", `${name}.png`)));
  return Int32Array.from(data);
}
