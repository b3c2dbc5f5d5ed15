import { InputError } from "../core/index.js";

/** A tensor as a legacy PyTorch file describes it: its numbers follow later in the file. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly size: readonly number[];
  readonly stride: readonly number[];
}
export interface TorchStorage {
  readonly kind: "storage";
  readonly key: string;
  readonly count: number;
}
/** One of the few names that may stand in the file; nothing is ever looked up or called. */
export interface Name {
  readonly kind: "name";
  readonly name: (typeof allowedNames)[number];
}
export interface Mark {
  readonly kind: "mark";
}
/** Tuples and lists are arrays, dictionaries maps. */
export type Pickled =
  | number
  | bigint
  | boolean
  | null
  | string
  | readonly Pickled[]
  | PickledMap
  | TorchTensor
  | TorchStorage
  | Name
  | Mark;
export type PickledMap = Map<string, Pickled>;

export const allowedNames = [
  "collections OrderedDict",
  "torch._utils _rebuild_tensor",
  "torch FloatStorage",
] as const;
export const mark: Mark = { kind: "mark" };
export function notTorch(message: string): InputError {
  return new InputError("TORCH_FORMAT", message, {
    hint: "only the published legacy params.net files are read",
  });
}

export function forbidden(what: string): InputError {
  return new InputError("TORCH_FORBIDDEN", `the file wants to run ${what}: refused`, {
    hint: "a file of weights holds no code; get it from its authors",
  });
}

export function isOf<K extends "tensor" | "storage" | "name" | "mark">(
  value: Pickled | undefined,
  kind: K,
): value is Extract<Pickled, { readonly kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

const isCount = (v: Pickled | undefined): v is number =>
  typeof v === "number" && Number.isInteger(v) && v >= 0;

export function toStorage(id: Pickled): TorchStorage {
  const [word, type, key, , count] = Array.isArray(id) ? (id as readonly Pickled[]) : [];
  if (word !== "storage" || !isOf(type, "name") || type.name !== "torch FloatStorage") {
    throw notTorch("a storage is none of 32-bit floats");
  }
  if (typeof key !== "string" || !isCount(count)) throw notTorch("a storage has no key or size");
  return { kind: "storage", key, count };
}

export function toTensor(args: readonly Pickled[]): TorchTensor {
  const [storage, offset, size, stride] = args;
  const counts = (v: Pickled | undefined): v is readonly number[] => Array.isArray(v) && v.every(isCount);
  if (
    args.length !== 4 ||
    !isOf(storage, "storage") ||
    !isCount(offset) ||
    !counts(size) ||
    !counts(stride)
  ) {
    throw notTorch("a tensor is not described as one");
  }
  return { kind: "tensor", storage, offset, size, stride };
}
