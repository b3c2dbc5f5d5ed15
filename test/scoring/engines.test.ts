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

/**
 * A driver that crashes in mid-frame takes its own process with it. Then a card that is gone in mid-frame: the first wait for
 * an answer ends at once, and when the engine is started again there is no device any more.
 */
const vanishing = `
import { readFileSync, unlinkSync } from "node:fs";
const { openBundle, Scorer } = await import(process.argv[2]);
const { systemClock } = await import(process.argv[4]);
const bundle = await openBundle(process.argv[3]);
const frame = (k) => ({
  pixels: Uint16Array.from({ length: 224 * 224 }, (_, i) => 3 + 40 * (Math.sin(i / 9) > 0.6) + (i * k % 5)),
  shape: [224, 224], pixelSizeNm: 20,
});
let gone = false;
const clock = { ...systemClock, after(ms, tell, options) {
  if (!gone) return systemClock.after(ms, tell, options);
  gone = false;
  return systemClock.after(0, tell, options);
} };
const notices = [];
const scorer = await Scorer.open(bundle, { engine: "onnx-webgpu", threads: 1, clock, onNotice: (line) => notices.push(line) });
const before = await scorer.score(frame(7919));
const crashed = scorer.score(frame(7919));
const [child] = readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").split(" ");
process.kill(Number(child), "SIGSEGV");
const after = await crashed;
unlinkSync(process.env.VK_ICD_FILENAMES);
gone = true;
const answers = await Promise.all([scorer.score(frame(7919)), scorer.score(frame(104729)), scorer.score(frame(7919))]);
console.log(JSON.stringify({ before: before.score, after: after.score, scores: answers.map((a) => a.score), engine: scorer.info.name, notices }));
await scorer.close();
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

  it.skipIf(noSoftwareGpu !== null)(
    "a driver that crashes is started again; of a card that vanishes the processor takes over what waits, and it is said",
    async () => {
      const bundle = writeTinyBundle();
      const { folder, env } = softwareGpu();
      const file = join(folder, "vanishing.mjs");
      writeFileSync(file, vanishing);
      const core = join(import.meta.dirname, "../../dist/src/core/index.js");
      const { stdout } = await promisify(execFile)(process.execPath, [file, door, bundle, core], {
        env: { ...process.env, ...env },
      });
      const found = JSON.parse(stdout) as {
        before: number;
        after: number;
        scores: number[];
        engine: string;
        notices: string[];
      };
      expect(found.engine).toBe("onnx-cpu");
      expect(found.scores).toHaveLength(3);
      for (const at of [0, 2]) expect(found.scores[at]).toBeCloseTo(found.before, 5);
      expect(found.after).toBe(found.before);
      expect(found.notices).toHaveLength(2);
      expect(found.notices[0]).toMatch(/^scoring engine onnx-webgpu failed .*SIGSEGV.*; started again$/);
      expect(found.notices[1]).toMatch(/^scoring engine onnx-webgpu failed .*; onnx-cpu took over$/);
      rmSync(bundle, { recursive: true });
      rmSync(folder, { recursive: true });
    },
    120_000,
  );
});
