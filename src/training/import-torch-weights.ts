import { InputError } from "../core/index.js";
import { readPickle } from "./import-torch-pickle.js";
import { isOf, notTorch, type PickledMap, type TorchTensor } from "./import-torch-values.js";

/** Weights by name, row-major as PyTorch keeps them. */
export type TorchWeights = ReadonlyMap<string, Float32Array>;

const magic = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/** Names and shapes of the published network: nothing may be missing and nothing else be there. */
export const publishedShapes: ReadonlyMap<string, readonly number[]> = new Map(shapes());

function* shapes(): Generator<[string, readonly number[]]> {
  const channels = [1, 32, 48, 48, 64, 64, 64];
  for (let unit = 1; unit <= 6; unit++) {
    const from = channels[unit - 1] as number;
    const to = channels[unit] as number;
    yield [`conv${unit}.weight`, [to, from, 3, 3]];
    yield [`conv${unit}.bias`, [to]];
    for (const part of ["weight", "bias", "running_mean", "running_var"])
      yield [`conv${unit}_bn.${part}`, [to]];
  }
  for (const [name, from] of [
    ["map7x7", 64],
    ["map14x14", 64],
    ["map28x28", 48],
    ["map56x56", 48],
  ] as const) {
    yield [`${name}.weight`, [1, from, 1, 1]];
    yield [`${name}.bias`, [1]];
  }
  for (const name of ["upscore2", "upscore2b", "upscore2c", "upscore4"])
    yield [`${name}.weight`, [1, 1, 4, 4]];
  yield ["upscore8.weight", [1, 1, 8, 8]];
}

/**
 * Reads a `params.net` of the published networks (torch 0.3's file of weights: five pickles, then the numbers).
 * Nothing in the file is ever run. @throws InputError when it is anything else, cut off, or of another network
 */
export function readTorchWeights(bytes: Uint8Array): TorchWeights {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw notTorch("this is a newer PyTorch file (a zip archive)");
  const first = readPickle(bytes, 0);
  if (first.value !== magic) throw notTorch("this is no PyTorch file of weights");
  const version = readPickle(bytes, first.next);
  if (version.value !== protocolVersion) throw notTorch("this is a PyTorch file of another version");
  const machine = readPickle(bytes, version.next);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw notTorch("the numbers are not little-endian");
  }
  const state = readPickle(bytes, machine.next);
  if (!(state.value instanceof Map)) throw notTorch("the file holds no dictionary of weights");
  const keys = readPickle(bytes, state.next);
  if (!Array.isArray(keys.value)) throw notTorch("the file has no list of storages");
  const tensors = checkTensors(state.value);
  const storages = readStorages(bytes, keys.next, keys.value, tensors);
  const weights = new Map<string, Float32Array>();
  for (const [name, tensor] of tensors) {
    const values = storages.get(tensor.storage.key);
    if (values === undefined) throw notTorch(`the numbers of ${name} are missing`);
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new InputError("TORCH_WEIGHTS", `${name} holds ${values[bad]}`);
    weights.set(name, values);
  }
  return weights;
}

function checkTensors(state: PickledMap): Map<string, TorchTensor> {
  const wrong = (message: string): InputError =>
    new InputError("TORCH_KEYS", `not the published network: ${message}`);
  const tensors = new Map<string, TorchTensor>();
  for (const [name, shape] of publishedShapes) {
    const tensor = state.get(name);
    if (!isOf(tensor, "tensor")) throw wrong(`${name} is missing`);
    if (tensor.size.join() !== shape.join()) {
      throw wrong(`${name} is [${tensor.size.join(", ")}] where [${shape.join(", ")}] is meant`);
    }
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
    const count = shape.reduce((product, n) => product * n, 1);
    if (tensor.offset !== 0 || tensor.stride.join() !== strides.join() || tensor.storage.count !== count) {
      throw wrong(`${name} is not laid out plainly`);
    }
    tensors.set(name, tensor);
  }
  for (const name of state.keys())
    if (!publishedShapes.has(name)) throw wrong(`it has ${name.slice(0, 60)} besides`);
  const storages = new Set([...tensors.values()].map((t) => t.storage.key));
  if (storages.size !== tensors.size) throw wrong("two tensors share their numbers");
  return tensors;
}

function readStorages(
  bytes: Uint8Array,
  start: number,
  keys: readonly unknown[],
  tensors: ReadonlyMap<string, TorchTensor>,
): Map<string, Float32Array> {
  const counts = new Map([...tensors.values()].map((t) => [t.storage.key, t.storage.count]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Float32Array>();
  let at = start;
  for (const key of keys) {
    const count = typeof key === "string" ? counts.get(key) : undefined;
    if (typeof key !== "string" || count === undefined) throw notTorch("a storage belongs to no tensor");
    if (at + 8 + count * 4 > bytes.length) throw notTorch("the file ends before its numbers do");
    if (view.getBigInt64(at, true) !== BigInt(count))
      throw notTorch("a storage has another size than it should");
    at += 8;
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++, at += 4) values[i] = view.getFloat32(at, true);
    storages.set(key, values);
  }
  if (at !== bytes.length) throw notTorch(`${bytes.length - at} bytes follow the numbers`);
  return storages;
}
