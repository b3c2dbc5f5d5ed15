import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { z } from "zod";
import { frameHash, type Image, InputError, pixelBytes } from "../core/index.js";
import { namePattern, workIdOf } from "./names.js";

/** Every message of the fleet, by one schema each. A frame is a JSON head and its pixels as bytes, never as numbers. */

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** As large as a frame may be: 8192 x 8192 pixels of 4 bytes. */
const mostPixelBytes = 2 ** 28;
const mostHeadBytes = 16 * 1024;
/** The server counts a message's headers too: its id, and the reason when the frame becomes a dead letter. */
const headerRoomBytes = 4096;

const name = z.string().regex(namePattern);
const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const side = z.int().min(1).max(65_536);
const text = z.string().max(2000);
const numbers = z.record(z.string().min(1).max(64), z.number());

const workHeadSchema = z.strictObject({
  v: z.literal(1),
  work: hex(64),
  model: hex(16),
  rig: name,
  dtype: z.enum(["uint16", "float32"]),
  shape: z.tuple([side, side]),
  pixelSizeNm: z.number().positive().max(10_000),
  coding: z.enum(["raw", "deflate"]),
  /** SHA-256 of the frame (core's frameHash). */
  hash: hex(64),
  at: z.iso.datetime(),
});
export type WorkHead = Readonly<z.infer<typeof workHeadSchema>>;
export interface Work {
  readonly head: WorkHead;
  readonly image: Image;
}

const recordSchema = z.strictObject({
  score: z.number().min(0).max(1).nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  inDomain: z.boolean(),
  foreground: z.number().min(0).max(1),
  reason: text.optional(),
  ms: z.number().min(0),
});
export const resultSchema = z.strictObject({
  v: z.literal(1),
  work: hex(64),
  /** null: it could not be scored, `failed` says why. */
  record: recordSchema.nullable(),
  failed: z.strictObject({ code: z.string().max(64), message: text }).optional(),
  worker: name,
  engine: text,
  at: z.iso.datetime(),
});
export type WorkResult = Readonly<z.infer<typeof resultSchema>>;

export const statusSchema = z.strictObject({
  rig: name,
  device: text,
  run: z.string().max(64).nullable(),
  state: z.string().max(64),
  stage: text,
  mode: z.string().max(64),
  step: z.int().min(0),
  steps: z.int().min(0).nullable(),
  light: z
    .array(
      z.strictObject({
        name: z.string().max(64),
        on: z.boolean(),
        powerMw: z.number(),
        confirmed: z.boolean(),
      }),
    )
    .max(64)
    .readonly(),
  last: z
    .strictObject({
      score: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      step: z.int().min(0),
    })
    .nullable(),
  alert: text.nullable(),
  model: text,
  engine: text,
  at: z.iso.datetime(),
});
export const eventSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("status"), status: statusSchema }),
  z.strictObject({
    type: z.literal("note"),
    rig: name,
    run: z.string().max(64).nullable(),
    level: z.enum(["info", "warn", "error"]),
    message: text,
    at: z.iso.datetime(),
  }),
]);
export type FleetEvent = Readonly<z.infer<typeof eventSchema>>;

export const observationSchema = z.strictObject({
  rig: name,
  run: z.string().regex(namePattern),
  step: z.int().min(1),
  at: z.iso.datetime(),
  settings: numbers,
  objectives: z.record(z.string().min(1).max(64), z.number().nullable()),
  score: z.number().min(0).max(1).nullable(),
  model: z.strictObject({ name: z.string().max(200), hash: z.string().max(64) }),
});

export const workerBeatSchema = z.strictObject({
  worker: name,
  models: z.array(z.string().max(200)).max(64),
  engine: text,
  scored: z.int().min(0),
  failed: z.int().min(0),
});

/** A small message. @throws InputError BAD_MESSAGE */
export function parseMessage<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  if (bytes.length > 256 * 1024) throw bad(`${bytes.length} bytes are too many`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad("it is not JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw bad(issueOf(parsed.error));
}

/** A small message that says whose it is. @throws InputError BAD_MESSAGE also where its subject names somebody else */
export function parseOwn<T>(
  schema: z.ZodType<T>,
  { subject, data }: { readonly subject: string; readonly data: Uint8Array },
  subjectOf: (message: T) => string,
): T {
  const message = parseMessage(schema, data);
  if (subjectOf(message) !== subject) throw bad(`it speaks for another than its subject ${subject}`);
  return message;
}

export function encodeMessage(message: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/**
 * A frame on its way to a worker: 4 bytes length of the head (little-endian), the head as JSON, the pixels. They are
 * squeezed only when they would not fit else. @param limit bytes that the message may have with its headers; null when it
 * is larger
 */
export async function encodeWork(
  about: Pick<WorkHead, "work" | "model" | "rig" | "at">,
  image: Image,
  limit: number,
): Promise<Uint8Array | null> {
  const { pixels, shape, pixelSizeNm } = image;
  const raw = pixelBytes(pixels);
  if (raw.byteLength > mostPixelBytes) return null;
  const dtype = pixels instanceof Float32Array ? "float32" : "uint16";
  const room = limit - headerRoomBytes;
  const fits = raw.byteLength + mostHeadBytes <= room;
  const head: WorkHead = {
    v: 1,
    ...about,
    dtype,
    shape: [shape[0], shape[1]],
    pixelSizeNm,
    coding: fits ? "raw" : "deflate",
    hash: frameHash(pixels, shape),
  };
  const body = fits ? raw : await deflate(raw, { level: 1 });
  const json = encodeMessage(head);
  const bytes = new Uint8Array(4 + json.length + body.byteLength);
  if (bytes.length > room) return null;
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(body, 4 + json.length);
  return bytes;
}

/** The head alone, for what goes on with a frame that is not looked at. @throws InputError BAD_MESSAGE */
export function decodeHead(bytes: Uint8Array): { readonly head: WorkHead; readonly body: Uint8Array } {
  if (bytes.length < 4) throw bad("it is cut off");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > mostHeadBytes || 4 + length > bytes.length) throw bad("its head is cut off");
  const head = parseMessage(workHeadSchema, bytes.subarray(4, 4 + length));
  return { head, body: bytes.subarray(4 + length) };
}

/** @throws InputError BAD_MESSAGE for anything but a whole frame whose pixels have the hash that it states */
export async function decodeWork(bytes: Uint8Array): Promise<Work> {
  const { head, body } = decodeHead(bytes);
  const { shape, dtype, pixelSizeNm } = head;
  const size = shape[0] * shape[1] * (dtype === "uint16" ? 2 : 4);
  if (size > mostPixelBytes) throw bad(`a frame of ${shape[0]} x ${shape[1]} is too large`);
  let data: Uint8Array = body;
  if (head.coding === "deflate") {
    try {
      // Never more than the head claims, whatever the bytes would swell to.
      data = await inflate(body, { maxOutputLength: size });
    } catch (cause) {
      throw bad(`its pixels cannot be unpacked: ${(cause as Error).message}`);
    }
  }
  if (data.byteLength !== size) throw bad(`${data.byteLength} bytes of pixels where ${size} belong`);
  const buffer = new ArrayBuffer(size);
  new Uint8Array(buffer).set(data);
  const pixels = dtype === "uint16" ? new Uint16Array(buffer) : new Float32Array(buffer);
  if (frameHash(pixels, shape) !== head.hash) throw bad("its pixels are not those that were sent");
  if (!isConsistent(head)) throw bad("its name is another frame's");
  return { head, image: { pixels, shape, pixelSizeNm } };
}

/** Does the head name the work that it describes? A result must never be kept under another frame's name. */
export function isConsistent({ work, model, pixelSizeNm, hash }: WorkHead): boolean {
  return work === workIdOf(model, pixelSizeNm, hash);
}

function issueOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "message"}: ${issue?.message ?? "not valid"}`;
}

function bad(why: string): InputError {
  return new InputError("BAD_MESSAGE", `not a message of the fleet: ${why}`);
}
