import { describe, expect, it } from "vitest";
import { readMessage } from "../../drivers/zmq-frames/message.js";
import { InputError } from "../../src/core/index.js";

const values = [0, 1, 2, 250, 100, 7];
const message = (header: object, bytes: Uint8Array, topic = "camera"): Uint8Array[] => [
  Buffer.from(topic),
  Buffer.from(JSON.stringify(header)),
  bytes,
];

describe("a message's pixels", () => {
  const write: Readonly<Record<string, [number, (v: DataView, at: number, x: number, le: boolean) => void]>> =
    {
      uint8: [1, (v, at, x) => v.setUint8(at, x)],
      uint16: [2, (v, at, x, le) => v.setUint16(at, x, le)],
      int16: [2, (v, at, x, le) => v.setInt16(at, x, le)],
      uint32: [4, (v, at, x, le) => v.setUint32(at, x, le)],
      int32: [4, (v, at, x, le) => v.setInt32(at, x, le)],
      int64: [8, (v, at, x, le) => v.setBigInt64(at, BigInt(x), le)],
      float32: [4, (v, at, x, le) => v.setFloat32(at, x, le)],
      float64: [8, (v, at, x, le) => v.setFloat64(at, x, le)],
    };
  const short: Readonly<Record<string, string>> = {
    uint8: "|u1",
    uint16: "u2",
    int16: "i2",
    uint32: "u4",
    int32: "i4",
    int64: "i8",
    float32: "f4",
    float64: "f8",
  };
  for (const [name, [size, put]] of Object.entries(write)) {
    for (const dtype of [
      name,
      `<${name}`,
      `>${name}`,
      ...["<", ">", "="].map((o) => o + short[name]?.replace("|", "")),
    ]) {
      it(`${dtype} come out as counts, wherever they lie in memory`, () => {
        const bytes = new Uint8Array(6 * size + 1).subarray(1);
        const view = new DataView(bytes.buffer, 1);
        for (const [i, x] of values.entries()) put(view, i * size, x, !dtype.startsWith(">"));
        const [image] = readMessage(message({ dtype, shape: [2, 3], pixelSizeNm: 25 }, bytes));
        expect(image).toMatchObject({ shape: [2, 3], pixelSizeNm: 25, topic: "camera", kind: "sted" });
        expect([...(image?.pixels ?? [])]).toEqual(values);
      });
    }
  }

  it("several planes are several images, a leading 1 is none", () => {
    const bytes = Uint8Array.from([...values, ...values.map((v) => v % 7)]);
    const images = readMessage(message({ dtype: "uint8", shape: [2, 2, 3] }, bytes));
    expect(images.map((i) => [...i.pixels])).toEqual([values, values.map((v) => v % 7)]);
    expect(readMessage(message({ dtype: "uint8", shape: [1, 1, 2, 3] }, bytes.subarray(0, 6)))).toHaveLength(
      1,
    );
  });

  it("a confocal is told by `kind` or by the topic; settings are the numbers among them", () => {
    const bytes = Uint8Array.from(values);
    const header = { dtype: "uint8", shape: [2, 3], settings: { depletionPowerMw: 50, by: "hand" } };
    const [a] = readMessage(message(header, bytes, "frames/Confocal"));
    const [b] = readMessage(message({ ...header, kind: "sted" }, bytes, "frames/Confocal"));
    expect([a?.kind, b?.kind, a?.settings, a?.pixelSizeNm]).toEqual([
      "confocal",
      "sted",
      { depletionPowerMw: 50 },
      null,
    ]);
  });

  it("a subtracted background counts as 0", () => {
    const bytes = new Uint8Array(Int16Array.from([-1, 2, 3, 4, 5, 6]).buffer);
    const [image] = readMessage(message({ dtype: "int16", shape: [2, 3] }, bytes));
    expect([[...(image?.pixels ?? [])], image?.notes[0]]).toEqual([
      [0, 2, 3, 4, 5, 6],
      expect.stringContaining("below zero"),
    ]);
  });
});

it.each<[string, Uint8Array[], RegExp]>([
  ["two parts", [Buffer.from("t"), Buffer.from("{}")], /2 parts/],
  ["four parts", [1, 2, 3, 4].map(() => Buffer.from("{}")), /4 parts/],
  ["no JSON", [Buffer.from("t"), Buffer.from([255, 0]), Buffer.from("x")], /no JSON object/],
  ["a JSON list", [Buffer.from("t"), Buffer.from("[1]"), Buffer.from("x")], /no JSON object/],
  ["no dtype", message({ shape: [2, 3] }, Buffer.alloc(6)), /dtype: missing/],
  [
    "an unknown dtype",
    message({ dtype: "complex64", shape: [2, 3] }, Buffer.alloc(48)),
    /dtype: "complex64"/,
  ],
  ["a dtype of the prototype", message({ dtype: "constructor1", shape: [2, 3] }, Buffer.alloc(6)), /dtype/],
  ["no shape", message({ dtype: "uint8" }, Buffer.alloc(6)), /shape: missing/],
  ["a shape of one axis", message({ dtype: "uint8", shape: [6] }, Buffer.alloc(6)), /shape: \[6\]/],
  ["a shape of fractions", message({ dtype: "uint8", shape: [1.5, 4] }, Buffer.alloc(6)), /shape/],
  ["a shape of nothing", message({ dtype: "uint8", shape: [0, 4] }, Buffer.alloc(0)), /shape/],
  ["a huge shape", message({ dtype: "uint8", shape: [1e9, 1e9] }, Buffer.alloc(6)), /above/],
  ["too few bytes", message({ dtype: "uint16", shape: [2, 3] }, Buffer.alloc(6)), /12 bytes, but 6 came/],
  [
    "a pixel size of text",
    message({ dtype: "uint8", shape: [2, 3], pixelSizeNm: "20" }, Buffer.alloc(6)),
    /pixelSizeNm/,
  ],
  [
    "a negative pixel size",
    message({ dtype: "uint8", shape: [2, 3], pixelSizeNm: -1 }, Buffer.alloc(6)),
    /pixelSizeNm/,
  ],
  [
    "NaN",
    message({ dtype: "float32", shape: [1, 2] }, Buffer.from(Float32Array.from([1, Number.NaN]).buffer)),
    /y 0, x 1/,
  ],
])("%s is refused", (_, parts, text) => {
  expect(() => readMessage(parts)).toThrow(InputError);
  expect(() => readMessage(parts)).toThrow(text);
});
