import { z } from "zod";
import { ProtocolError } from "../core/index.js";

/**
 * The Open Inference Protocol, version 2, over HTTP/REST (kserve/open-inference-protocol, "V2"), as Triton, KServe,
 * MLServer and OpenVINO speak it, with its binary tensor extension. Both sides are here: the remote engine asks, the
 * fleet's model server answers.
 */
const parameters = z.record(z.string(), z.unknown()).optional();
const datatypes = ["BOOL", "UINT8", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"] as const;

export const tensorSchema = z.object({
  name: z.string().min(1),
  shape: z.array(z.int().min(0)).max(8),
  datatype: z.string(),
  /** Flat or nested, row-major; left out where the numbers follow in binary. */
  data: z.unknown().optional(),
  parameters,
});
export const inferRequestSchema = z.object({
  id: z.string().max(200).optional(),
  inputs: z.array(tensorSchema).min(1).max(16),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
  parameters,
});
export const inferResponseSchema = z.object({
  model_name: z.string().optional(),
  model_version: z.string().nullish(),
  id: z.string().nullish(),
  outputs: z.array(tensorSchema),
});
export const modelMetadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()).nullish(),
  platform: z.string().nullish(),
  inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) })).nullish(),
  outputs: z
    .array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) }))
    .nullish(),
});
export const serverMetadataSchema = z.object({
  name: z.string().optional(),
  version: z.string().nullish(),
  extensions: z.array(z.string()).nullish(),
});
export const binaryExtension = "binary_tensor_data";
/** Length of the JSON part of a body whose tensors follow in binary. */
export const jsonLengthHeader = "inference-header-content-length";

export type WireTensor = z.infer<typeof tensorSchema>;
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
/** Body of a request or an answer. `jsonLength` is null where everything is JSON. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly jsonLength: number | null;
}

/** @param binary numbers after the JSON, little-endian, instead of in it */
export function encodeBody(
  fields: object,
  key: "inputs" | "outputs",
  tensors: readonly Tensor[],
  binary: boolean,
): Body {
  const described = tensors.map(({ name, shape, data }) => ({
    name,
    shape,
    datatype: "FP32",
    ...(binary ? { parameters: { binary_data_size: data.byteLength } } : { data: Array.from(data) }),
  }));
  const json = new TextEncoder().encode(JSON.stringify({ ...fields, [key]: described }));
  if (!binary) return { bytes: json, jsonLength: null };
  const parts = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const bytes = new Uint8Array(json.length + parts.reduce((sum, part) => sum + part.length, 0));
  bytes.set(json);
  let at = json.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, jsonLength: json.length };
}

/** The JSON part of a body. @throws ProtocolError BAD_BODY */
export function jsonOf(bytes: Uint8Array, jsonLength: number | null): unknown {
  if (
    jsonLength !== null &&
    !(Number.isInteger(jsonLength) && jsonLength >= 0 && jsonLength <= bytes.length)
  ) {
    throw bad(`${jsonLengthHeader} ${jsonLength} does not fit a body of ${bytes.length} bytes`);
  }
  try {
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, jsonLength ?? undefined)),
    );
  } catch {
    throw bad("the body is not JSON");
  }
}

/**
 * Numbers of the tensors, in their order; binary ones are taken from what follows the JSON.
 * @throws ProtocolError BAD_TENSOR, which names the tensor
 */
export function readTensors(
  wire: readonly WireTensor[],
  bytes: Uint8Array,
  jsonLength: number | null,
): Tensor[] {
  let at = jsonLength ?? bytes.length;
  const tensors = wire.map((tensor): Tensor => {
    const { name, shape, datatype } = tensor;
    const count = shape.reduce((product, side) => product * side, 1);
    const size = tensor.parameters?.binary_data_size;
    if (size === undefined) {
      const data = Float32Array.from(flat(tensor.data, name, count));
      if (data.length !== count) throw badTensor(name, `has ${data.length} numbers for the shape [${shape}]`);
      return { name, shape, data };
    }
    const width = datatype === "FP32" ? 4 : datatype === "FP64" ? 8 : 0;
    if (width === 0) throw badTensor(name, `${datatype} is not read in binary`);
    if (size !== count * width || at + count * width > bytes.length) {
      throw badTensor(name, `${String(size)} bytes do not fit the shape [${shape}] and what was sent`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, count * width);
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      data[i] = width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true);
    }
    at += count * width;
    return { name, shape, data };
  });
  if (jsonLength !== null && at !== bytes.length) throw bad(`${bytes.length - at} bytes belong to no tensor`);
  return tensors;
}

function flat(data: unknown, name: string, count: number): number[] {
  if (!Array.isArray(data)) throw badTensor(name, "has no data");
  const out: number[] = [];
  const take = (part: readonly unknown[]): void => {
    for (const value of part) {
      if (Array.isArray(value)) take(value);
      else if (typeof value === "number" && Number.isFinite(value)) out.push(value);
      else throw badTensor(name, `holds ${JSON.stringify(value)?.slice(0, 40)}, which is no number`);
      if (out.length > count) throw badTensor(name, `has more than the ${count} numbers of its shape`);
    }
  };
  take(data);
  return out;
}

/** Datatypes whose numbers we can read out of JSON. */
export function isNumeric(datatype: string): boolean {
  return (datatypes as readonly string[]).includes(datatype) && datatype !== "BYTES";
}

function bad(message: string): ProtocolError {
  return new ProtocolError("BAD_BODY", message);
}
function badTensor(name: string, message: string): ProtocolError {
  return new ProtocolError("BAD_TENSOR", `tensor '${name}' ${message}`);
}
