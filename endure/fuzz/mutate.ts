import type { RandomStream } from "../../src/core/index.js";

const words = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Bytes with some of what damage, transport and malice do: flips, greatest numbers, cuts, gaps, repeats. */
export function mutated(bytes: Uint8Array, random: RandomStream): Uint8Array {
  let out = Uint8Array.from(bytes);
  const times = 1 + random.int(6);
  for (let i = 0; i < times && out.length > 0; i++) out = once(out, random);
  return out;
}

function once(bytes: Uint8Array, random: RandomStream): Uint8Array<ArrayBuffer> {
  const out = Uint8Array.from(bytes);
  // Headers lie in front: half of the damage goes there.
  const reach = random.uniform() < 0.5 ? Math.min(out.length, 256) : out.length;
  const at = random.int(reach);
  switch (random.int(7)) {
    case 0:
      out[at] = (out[at] as number) ^ (1 << random.int(8));
      return out;
    case 1:
      out[at] = random.int(256);
      return out;
    case 2: {
      const view = new DataView(out.buffer);
      if (at + 4 <= out.length)
        view.setUint32(at, words[random.int(words.length)] as number, random.int(2) === 0);
      return out;
    }
    case 3:
      return out.slice(0, at);
    case 4:
      return Uint8Array.from([
        ...out.subarray(0, at),
        ...noise(1 + random.int(16), random),
        ...out.subarray(at),
      ]);
    case 5:
      return Uint8Array.from([
        ...out.subarray(0, at),
        ...out.subarray(Math.min(out.length, at + 1 + random.int(16))),
      ]);
    default: {
      const from = random.int(out.length);
      const length = Math.min(1 + random.int(64), out.length - from, out.length - at);
      out.copyWithin(at, from, from + length);
      return out;
    }
  }
}

export function noise(length: number, random: RandomStream): Uint8Array {
  return Uint8Array.from({ length }, () => random.int(256));
}

const keys = [
  "op",
  "id",
  "method",
  "params",
  "settings",
  "steps",
  "kind",
  "name",
  "min",
  "max",
  "__proto__",
  "a",
];
const strings = [
  "",
  "ask",
  "tell",
  "acquire",
  "sted",
  "../../etc/passwd",
  "\u0000",
  "NaN",
  "1e999",
  "é\ud800",
];

/** Any JSON value; now and then one that JSON.stringify writes as null. @param depth so deep at most */
export function anyJson(random: RandomStream, depth = 4): unknown {
  switch (random.int(depth > 0 ? 8 : 5)) {
    case 0:
      return null;
    case 1:
      return random.int(2) === 0;
    case 2:
      return pick([0, -0, 1, -1, 0.5, 1e308, -1e308, 2 ** 53, Number.NaN, 5e-324, random.normal()], random);
    case 3:
      return pick(strings, random);
    case 4:
      return "x".repeat(random.int(200));
    case 5:
      return Array.from({ length: random.int(5) }, () => anyJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(5) }, () => [pick(keys, random), anyJson(random, depth - 1)]),
      );
  }
}

export function pick<T>(of: readonly T[], random: RandomStream): T {
  return of[random.int(of.length)] as T;
}

/** A value with some of its parts replaced by any other. */
export function twisted(value: unknown, random: RandomStream): unknown {
  if (random.uniform() < 0.12) return anyJson(random, 2);
  if (Array.isArray(value)) {
    const items = value.map((v) => twisted(v, random));
    return random.uniform() < 0.1 ? items.slice(1) : items;
  }
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([k, v]) => [k, twisted(v, random)] as const);
  if (random.uniform() < 0.1) entries.push([pick(keys, random), anyJson(random, 2)]);
  return Object.fromEntries(random.uniform() < 0.1 ? entries.slice(1) : entries);
}
