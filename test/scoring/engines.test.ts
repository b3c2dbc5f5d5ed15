import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { noSoftwareGpu, softwareGpu } from "./software-gpu.js";
import { writeTinyBundle } from "./tiny-bundle.js";

const door = join(import.meta.dirname, "../../dist/src/scoring/index.js");
/** Scores one frame with two engines and prints both records and what `auto` takes. */
const script = `
const { openBundle, Scorer } = await import(process.argv[2]);
const bundle = await openBundle(process.argv[3]);
const pixels = Uint16Array.from({ length: 224 * 224 }, (_, i) => 3 + 40 * (Math.sin(i / 9) > 0.6) + (i * 7919 % 5));
const out = {};
for (const engine of ["onnx-cpu", "onnx-webgpu", "auto"]) {
  const scorer = await Scorer.open(bundle, { engine, threads: 1 });
  out[engine] = { ...(await scorer.score({ pixels, shape: [224, 224], pixelSizeNm: 20 })), info: scorer.info };
  await scorer.close();
}
console.log(JSON.stringify(out));
`;

describe("the webgpu engine on a software Vulkan device", () => {
  it.skipIf(noSoftwareGpu !== null)(
    "gives the score of the plain engine; auto prefers the plain one, which is faster here",
    async () => {
      const bundle = writeTinyBundle();
      const { folder, env } = softwareGpu();
      const file = join(folder, "score-twice.mjs");
      writeFileSync(file, script);
      const { stdout } = await promisify(execFile)(process.execPath, [file, door, bundle], {
        env: { ...process.env, ...env },
      });
      const found = JSON.parse(stdout) as Record<string, { score: number; info: { name: string } }>;
      expect(found["onnx-webgpu"]?.info.name).toBe("onnx-webgpu");
      expect(found["onnx-webgpu"]?.score).toBeCloseTo(found["onnx-cpu"]?.score ?? Number.NaN, 6);
      expect(found.auto?.info.name).toBe("onnx-cpu");
      rmSync(bundle, { recursive: true });
      rmSync(folder, { recursive: true });
    },
    120_000,
  );
});
