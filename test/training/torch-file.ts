import { publishedShapes } from "../../src/training/import-torch-weights.js";

/** Writes files of the kind that torch 0.3 wrote, to test their reader; nothing of it is used anywhere else. */
export type Weights = Map<string, Float32Array>;

/** Small random weights under the published network's names. */
export function randomWeights(seed: number): Weights {
  let state = seed >>> 0 || 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const weights: Weights = new Map();
  for (const [name, shape] of publishedShapes) {
    const count = shape.reduce((a, b) => a * b, 1);
    const positive = name.endsWith("running_var");
    weights.set(
      name,
      Float32Array.from({ length: count }, () => (positive ? 0.5 + Math.abs(uniform()) : 0.6 * uniform())),
    );
  }
  return weights;
}

const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value, "utf8")];
  return [0x58, ...uint32(bytes.length), ...bytes];
};
const uint32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255];
const integer = (n: number): number[] =>
  n < 256 ? [0x4b, n] : n < 65536 ? [0x4d, n & 255, n >> 8] : [0x4a, ...uint32(n)];
const tuple = (items: readonly number[][]): number[] => [0x28, ...items.flat(), 0x74];
export const global = (module: string, name: string): number[] => [
  0x63,
  ...Buffer.from(`${module}\n${name}\n`),
];
const pickle = (body: readonly number[]): number[] => [0x80, 2, ...body, 0x2e];

export interface Changes {
  /** Instructions instead of a tensor's description. */
  readonly tensor?: (name: string, plain: number[]) => number[];
  readonly magic?: readonly number[];
  readonly extraKey?: string;
}

export function torchFile(weights: Weights, changes: Changes = {}): Uint8Array {
  const magic = changes.magic ?? [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const keys = new Map([...weights.keys()].map((name, i) => [name, String(94000 + 16 * i)]));
  const entry = (name: string, values: Float32Array): number[] => {
    const shape = publishedShapes.get(name) ?? [values.length];
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const storage = [
      ...tuple([
        text("storage"),
        global("torch", "FloatStorage"),
        text(keys.get(name) ?? ""),
        text("cuda:0"),
        integer(values.length),
        [0x4e],
      ]),
      0x51,
    ];
    const plain = [
      ...global("torch._utils", "_rebuild_tensor"),
      ...tuple([storage, integer(0), tuple(shape.map(integer)), tuple(strides.map(integer))]),
      0x52,
    ];
    return [...text(name), ...(changes.tensor?.(name, plain) ?? plain)];
  };
  const extra = changes.extraKey === undefined ? [] : [...text(changes.extraKey), 0x4e];
  const state = [
    ...global("collections", "OrderedDict"),
    0x29,
    0x52,
    0x71,
    0,
    0x28,
    ...[...weights].flatMap(([name, values]) => entry(name, values)),
    ...extra,
    0x75,
  ];
  // The order of the storages is that of their keys as text, not that of the tensors.
  const sorted = [...keys.values()].sort();
  const byKey = new Map([...keys].map(([name, key]) => [key, weights.get(name) ?? new Float32Array()]));
  const head = [
    ...pickle([0x8a, magic.length, ...magic]),
    ...pickle(integer(1001)),
    ...pickle([0x7d, 0x28, ...text("little_endian"), 0x88, 0x75]),
    ...pickle(state),
    ...pickle([0x5d, 0x28, ...sorted.flatMap(text), 0x65]),
  ];
  const numbers = sorted.map((key) => {
    const values = byKey.get(key) ?? new Float32Array();
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(values.length));
    return Buffer.concat([length, Buffer.from(values.buffer)]);
  });
  return Buffer.concat([Buffer.from(head), ...numbers]);
}
