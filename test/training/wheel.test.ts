import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { setupOnnxCuda, setupTensorflow } from "../../src/training/index.js";
import { unzip, zipEntries } from "../../src/training/wheel.js";

/** A zip file as PKWARE's APPNOTE describes it. */
function zip(files: Readonly<Record<string, Buffer>>, packed = true): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const body = packed ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(packed ? 8 : 0, 4);
    common.writeUInt32LE(0, 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, Buffer.from(name), body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, index, end]);
}

const files = {
  "tensorflow/a.txt": Buffer.from("a".repeat(5000)),
  "tensorflow/sub/b.bin": Buffer.from([0, 1, 2]),
  "other/c": Buffer.alloc(0),
};
const place = (name: string, bytes: Buffer): string => {
  const file = join(mkdtempSync(join(tmpdir(), "stedloop-wheel-")), name);
  writeFileSync(file, bytes);
  return file;
};

describe("reading a wheel", () => {
  it.each([true, false])("unpacks what is wanted (deflated: %s)", async (packed) => {
    const file = place("w.whl", zip(files, packed));
    expect((await zipEntries(file)).map((e) => e.name)).toEqual(Object.keys(files));
    const out = mkdtempSync(join(tmpdir(), "stedloop-unzip-"));
    const bytes = await unzip(file, out, (name) => name.startsWith("tensorflow/"));
    expect(bytes).toBe(5003);
    expect(readFileSync(join(out, "tensorflow/a.txt"), "utf8")).toBe("a".repeat(5000));
    expect([...readFileSync(join(out, "tensorflow/sub/b.bin"))]).toEqual([0, 1, 2]);
    expect(() => readFileSync(join(out, "other/c"))).toThrow(/ENOENT/);
  });

  it("refuses a file that is cut short, is no archive, or points outside", async () => {
    const whole = zip(files);
    const out = mkdtempSync(join(tmpdir(), "stedloop-unzip-"));
    for (const bytes of [
      whole.subarray(0, whole.length - 30),
      Buffer.from("no zip at all"),
      zip({ "../evil": Buffer.from("x") }),
    ]) {
      await expect(unzip(place("w.whl", bytes), out, () => true)).rejects.toMatchObject({
        code: "BAD_ARCHIVE",
        exitCode: 2,
      });
    }
  });
});

describe.runIf(process.platform === "linux" && process.arch === "x64")("setup tensorflow refuses", () => {
  it("a folder and a wheel without the library", async () => {
    const vendor = mkdtempSync(join(tmpdir(), "stedloop-vendor-"));
    await expect(setupTensorflow({ from: vendor, vendor })).rejects.toMatchObject({
      code: "NO_LIBRARY",
      where: vendor,
    });
    const from = place("tensorflow-1-py3-none-any.whl", zip(files));
    await expect(setupTensorflow({ from, vendor })).rejects.toMatchObject({
      code: "NO_LIBRARY",
      where: from,
    });
    await expect(setupTensorflow({ from: join(vendor, "nothing"), vendor })).rejects.toMatchObject({
      code: "NO_LIBRARY",
    });
  });
});

describe("setup onnx-cuda", () => {
  const capi = (name: string): string => `onnxruntime/capi/libonnxruntime_providers_${name}.so`;
  const folder = (): string => mkdtempSync(join(tmpdir(), "stedloop-cuda-"));

  it("takes everything away again where the provider does not run", async () => {
    const from = place(
      "w.whl",
      zip({ [capi("cuda")]: Buffer.from("no"), [capi("shared")]: Buffer.from("no") }),
    );
    const [vendor, target] = [folder(), folder()];
    const steps: string[] = [];
    const made = setupOnnxCuda({ from, vendor, target, onStep: (s) => steps.push(s) });
    await expect(made).rejects.toMatchObject({
      code: "SETUP_FAILED",
      message: expect.stringContaining("onnx-cuda"),
    });
    expect(steps.at(-1)).toMatch(/^copied/);
    expect(readdirSync(target)).toEqual([]);
    expect(readdirSync(vendor)).toEqual([]);
  }, 60_000);

  it("says which library a wheel lacks", async () => {
    const from = place("w.whl", zip({ [capi("shared")]: Buffer.from("no") }));
    const made = setupOnnxCuda({ from, vendor: folder(), target: folder() });
    await expect(made).rejects.toMatchObject({ code: "NO_LIBRARY", exitCode: 2, where: from });
  });
});
