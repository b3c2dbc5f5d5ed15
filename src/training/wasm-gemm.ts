/**
 * A matrix product in WebAssembly SIMD, assembled here byte by byte (opcodes: WebAssembly 2.0 specification),
 * because a convolution in plain JavaScript is ten to a hundred times too slow to train with.
 */
export interface Gemm {
  /** The module's memory as float32; fetch it anew after `reserve`. */
  heap(): Float32Array;
  /** Makes the memory at least this large. */
  reserve(bytes: number): void;
  /**
   * C += A·B. Addresses and strides in bytes; A is [m, k] with any strides, rows of B and C are contiguous.
   * m is a multiple of 4, n of 8.
   */
  multiply(
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    c: number,
    cRow: number,
    m: number,
    n: number,
    k: number,
  ): void;
}

const pageBytes = 65_536;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
/** The part of the global that is used; TypeScript knows it only together with a browser's. */
const { WebAssembly: assembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Uint8Array): Promise<{ instance: { exports: Readonly<Record<string, unknown>> } }>;
  };
};

export async function makeGemm(): Promise<Gemm> {
  const { instance } = await assembly.instantiate(moduleBytes());
  const memory = instance.exports["memory"] as Memory;
  let view = new Float32Array(memory.buffer);
  return {
    heap: () => view,
    reserve(bytes) {
      const missing = bytes - memory.buffer.byteLength;
      if (missing <= 0) return;
      memory.grow(Math.ceil(missing / pageBytes));
      view = new Float32Array(memory.buffer);
    },
    multiply: instance.exports["multiply"] as Gemm["multiply"],
  };
}

const i32 = 0x7f;
const v128 = 0x7b;
const rows = 4;
const vectors = 2;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const out: number[] = [];
  let left = value;
  do {
    const low = left & 0x7f;
    left >>>= 7;
    out.push(left === 0 ? low : low | 0x80);
  } while (left !== 0);
  return out;
}
const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
/** Constants below 64 fit one byte of signed LEB128. */
const constant = (value: number): number[] => [0x41, value];
const addI32 = 0x6a;
const increase = (local: number, by: number[]): number[] => [...get(local), ...by, addI32, ...set(local)];
const simd = (opcode: number, ...rest: number[]): number[] => [0xfd, ...leb(opcode), ...rest];
const load = (offset: number): number[] => simd(0x00, 2, ...leb(offset));
const loadSplat = simd(0x09, 2, 0);
const store = (offset: number): number[] => simd(0x0b, 2, ...leb(offset));
const addF32 = simd(0xe4);
const multiplyF32 = simd(0xe6);
/** Runs `body`, counts `counter` down by one, and again until it is 0. */
const countdown = (counter: number, body: number[]): number[] => [
  ...[0x03, 0x40],
  ...body,
  ...[...get(counter), ...constant(1), 0x6b, 0x22, ...leb(counter)],
  ...[0x0d, 0, 0x0b],
];
const divided = (local: number, shift: number): number[] => [...get(local), ...constant(shift), 0x76];

function multiplyBody(): number[] {
  const [a, aRow, aColumn, b, bRow, c, cRow, m, n, k] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const [i, j, kk, bj, cj, pb, pc] = [10, 11, 12, 13, 14, 15, 16];
  const pa = [17, 18, 19, 20];
  const firstVector = 21;
  const sum = (row: number, vector: number): number => firstVector + row * vectors + vector;
  const bVector = (vector: number): number => firstVector + rows * vectors + vector;
  const splat = bVector(vectors);
  const eachRow = (make: (row: number) => number[]): number[] =>
    Array.from({ length: rows }, (_, row) => make(row)).flat();
  const eachVector = (make: (vector: number) => number[]): number[] =>
    Array.from({ length: vectors }, (_, vector) => make(vector)).flat();
  const inner = [
    ...eachVector((v) => [...get(pb), ...load(16 * v), ...set(bVector(v))]),
    ...eachRow((row) => [
      ...get(pa[row] as number),
      ...loadSplat,
      ...set(splat),
      ...eachVector((v) => [
        ...get(sum(row, v)),
        ...[...get(splat), ...get(bVector(v)), ...multiplyF32],
        ...addF32,
        ...set(sum(row, v)),
      ]),
      ...increase(pa[row] as number, get(aColumn)),
    ]),
    ...increase(pb, get(bRow)),
  ];
  const overC = (make: (row: number, vector: number) => number[]): number[] => [
    ...[...get(cj), ...set(pc)],
    ...eachRow((row) => [...eachVector((v) => make(row, v)), ...increase(pc, get(cRow))]),
  ];
  const tile = [
    ...overC((row, v) => [...get(pc), ...load(16 * v), ...set(sum(row, v))]),
    ...[...get(a), ...set(pa[0] as number)],
    ...[1, 2, 3].flatMap((row) => [
      ...get(pa[row - 1] as number),
      ...get(aRow),
      addI32,
      ...set(pa[row] as number),
    ]),
    ...[...get(bj), ...set(pb), ...get(k), ...set(kk)],
    ...countdown(kk, inner),
    ...overC((row, v) => [...get(pc), ...get(sum(row, v)), ...store(16 * v)]),
    ...increase(bj, constant(16 * vectors)),
    ...increase(cj, constant(16 * vectors)),
  ];
  const strip = [
    ...[...get(b), ...set(bj), ...get(c), ...set(cj), ...divided(n, 3), ...set(j)],
    ...countdown(j, tile),
    ...[...get(aRow), ...constant(2), 0x74, ...set(pc), ...increase(a, get(pc))],
    ...[...get(cRow), ...constant(2), 0x74, ...set(pc), ...increase(c, get(pc))],
  ];
  const code = [...divided(m, 2), ...set(i), ...countdown(i, strip), 0x0b];
  const locals = [2, ...leb(11), i32, ...leb(rows * vectors + vectors + 1), v128];
  const body = [...locals, ...code];
  return [...leb(body.length), ...body];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const parameters = new Array<number>(10).fill(i32);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text("memory"), 2, 0, ...text("multiply"), 0, 0]),
    ...section(10, [1, ...multiplyBody()]),
  ]);
}
