import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { webGpuHome } from "../../src/training/webgpu.js";
import { noSoftwareGpu, softwareGpu } from "../scoring/software-gpu.js";
import { tinySet } from "./tiny-set.js";

const run = promisify(execFile);
const cli = "dist/src/cli/main.js";
const minutes = 10 * 60_000;
if (noSoftwareGpu !== null) console.log(`skipped: ${noSoftwareGpu}`);

describe.skipIf(noSoftwareGpu !== null)("training on WebGPU, on a software Vulkan device", () => {
  const env = { ...process.env, ...softwareGpu().env };

  it(
    "setup webgpu fetches, proves its gradients and says how to undo",
    async () => {
      const { stdout } = await run("node", [cli, "setup", "webgpu", "--json"], { env });
      const report = JSON.parse(stdout);
      expect(report.verified.difference).toBeLessThan(1e-2);
      expect(report.verified.webgpu).toMatch(/WebGPU/);
      expect(report.undo).toContain(webGpuHome());
      expect(existsSync(join(webGpuHome(), "node_modules", "webgpu"))).toBe(true);
    },
    minutes,
  );

  it(
    "trains a bundle to the end and says in the card what computed it",
    async () => {
      const out = join(mkdtempSync(join(tmpdir(), "stedloop-webgpu-")), "model");
      const args = [
        "train",
        tinySet(16),
        "--out",
        out,
        "--epochs",
        "1",
        "--no-augmentation",
        "--backend",
        "webgpu",
        "--json",
      ];
      const { stdout } = await run("node", [cli, ...args], { env });
      expect(JSON.parse(stdout).backend).toMatch(/WebGPU/);
      const card = JSON.parse(await readFile(join(out, "card.json"), "utf8"));
      expect(card.training.backend).toMatch(/WebGPU/);
      expect(card.training.epochsRun).toBe(1);
    },
    minutes,
  );

  it("says what to do where there is no card", async () => {
    const bare = { ...process.env, VK_ICD_FILENAMES: "/nowhere.json" };
    const args = ["train", tinySet(20), "--out", mkdtempSync(join(tmpdir(), "none-")), "--backend", "webgpu"];
    const failed = await run("node", [cli, ...args], { env: bare }).catch(
      (e: { code: number; stderr: string }) => e,
    );
    expect(failed).toMatchObject({ code: 2 });
    expect(failed.stderr).toMatch(/no graphics card.*driver/);
    expect(failed.stderr).not.toMatch(/^ {4}at /m);
  });
});
