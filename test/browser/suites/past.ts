import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeTiff } from "../../../src/core/index.js";
import type { Heatmap } from "../../../src/server/index.js";
import { fakeRuns } from "../../server/fake-runs.js";
import { FakeSession } from "../../server/fake-session.js";
import { seriousFindings } from "../axe.js";
import { type Stage, textOf, until } from "../harness.js";

function lived(seed: number, steps: number): FakeSession {
  const session = new FakeSession({ seed, sizePx: 64 });
  for (let i = 0; i < steps; i++) session.takeStep();
  return session;
}

export function pastSuite(stage: Stage): void {
  describe("past runs", () => {
    it("are listed newest first, found by search, and open in the same view with a scrubber", async () => {
      const old = lived(5, 7);
      const runs = fakeRuns([
        { id: "run-old", session: old },
        { id: "run-new", session: lived(6, 4), state: "crashed" },
      ]);
      const { page, session } = await stage.open({ runs });
      session.takeStep();
      await page.getByRole("link", { name: "Runs" }).click();
      await page.getByText("run-old").waitFor();
      expect(await textOf(page, "tbody")).toMatch(/run-new[\s\S]*crashed[\s\S]*run-old[\s\S]*finished/);
      await page.getByLabel("Search runs").fill("finished");
      await page.getByText("run-new").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "run-old" }).click();
      await page.getByText("Settings of step 7").waitFor();
      expect(await page.locator(".trade-offs .dot").count()).toBe(7);
      const third = old.steps()[2];
      const scrubber = page.getByLabel("Step", { exact: true });
      await scrubber.focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowLeft");
      await page.getByText("Settings of step 3").waitFor();
      expect(await textOf(page, ".score")).toBe((third?.score?.score ?? 0).toFixed(2));
      expect(await textOf(page, ".frame-head h2")).toBe("STED · step 3");
      // What the live run asks is not hidden by the past.
      session.propose();
      await page.getByText("The live run waits for you.").waitFor();
      expect(await page.getByRole("button", { name: "E-stop" }).isVisible()).toBe(true);
      await page.getByRole("button", { name: "Back to live" }).click();
      await page.getByText("Proposal for step 2").waitFor();
      expect(await page.locator(".trade-offs .dot").count()).toBe(1);
    });

    it("a past run's proposal keys do nothing, and its values can be saved", async () => {
      const { page, session } = await stage.open({ runs: fakeRuns([{ id: "r1", session: lived(5, 3) }]) });
      session.propose();
      await page.getByRole("link", { name: "Runs" }).click();
      await page.getByRole("button", { name: "r1" }).click();
      await page.getByText("Settings of step 3").waitFor();
      for (const key of ["a", "r", "1"]) await page.keyboard.press(key);
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save CSV" }).click();
      const csv = readFileSync(await (await download).path(), "utf8");
      expect(csv.split("\r\n")[0]).toBe(
        "step,at,region,depletionPowerMw,excitationPowerUw,dwellTimeUs,quality,bleaching,pixelTimeUs,score,lower,upper,reason",
      );
      expect(csv.trim().split("\r\n")).toHaveLength(4);
      expect(session.asked).toEqual([]);
    });
  });

  describe("files", () => {
    it("are rated one by one; what is none is said in words", async () => {
      const { page } = await stage.open();
      await page.getByRole("link", { name: "Files" }).click();
      const tiff = encodeTiff({ pixels: new Uint16Array(64 * 64).fill(7), shape: [64, 64] });
      await page.getByLabel("Choose image files").setInputFiles([
        { name: "good.tif", mimeType: "image/tiff", buffer: Buffer.from(tiff) },
        { name: "text.tif", mimeType: "image/tiff", buffer: Buffer.from("hello") },
      ]);
      await page.getByText("1 rated, 1 not").waitFor();
      const table = await textOf(page, "tbody");
      expect(table).toMatch(/good\.tif\s+0\s+0\.50\s+0\.40 – 0\.60\s+✓ in domain/);
      expect(table).toMatch(/text\.tif\s+–\s+.*(TIFF|image)/);
      // On a phone the reason is in sight without scrolling sideways.
      await page.setViewportSize({ width: 390, height: 844 });
      const why = await page.getByText(/neither a TIFF/).boundingBox();
      expect((why?.x ?? 0) + (why?.width ?? 999)).toBeLessThanOrEqual(390);
    });

    it("many at once: progress, the newest rows only, all of them in the CSV; two gigabytes are refused", async () => {
      const { page } = await stage.open();
      await page.getByRole("link", { name: "Files" }).click();
      const folder = mkdtempSync(join(tmpdir(), "stedloop-big-"));
      const big = join(folder, "big.tif");
      writeFileSync(big, "");
      truncateSync(big, 2 * 2 ** 30);
      await page.getByLabel("Choose image files").setInputFiles(big);
      await page.getByText("2048 MiB; up to 64 are taken here: use stedloop score").waitFor();
      const tiff = encodeTiff({ pixels: new Uint16Array(64 * 64).fill(7), shape: [64, 64] });
      await page.evaluate(`(() => {
        const transfer = new DataTransfer();
        const bytes = new Uint8Array(${JSON.stringify([...tiff])});
        for (let i = 0; i < 150; i++) transfer.items.add(new File([bytes], "f" + i + ".tif"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      })()`);
      await page.getByText(/\d+ of 150 files, 0 not rated/).waitFor();
      await page.getByText("150 rated, 1 not").waitFor({ timeout: 60_000 });
      expect(await page.locator("tbody tr").count()).toBe(100);
      await page.getByText("The newest 100 of 151; the CSV holds all 151.").waitFor();
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save CSV" }).click();
      const csv = readFileSync(await (await download).path(), "utf8");
      expect(csv.trim().split("\r\n")).toHaveLength(152);
      rmSync(folder, { recursive: true });
    });

    it("one of them opens as a picture with its heatmap", async () => {
      const heatmap = async (): Promise<Heatmap> => ({
        kind: "occlusion",
        values: Float32Array.of(-0.02, 0, 0.04, 0.01),
        shape: [2, 2],
      });
      const { page, complaints } = await stage.open({ heatmap });
      await page.getByRole("link", { name: "Files" }).click();
      const pixels = Uint16Array.from({ length: 64 * 64 }, (_, p) => p % 60);
      const tiff = encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 20 });
      await page
        .getByLabel("Choose image files")
        .setInputFiles([{ name: "good.tif", mimeType: "image/tiff", buffer: Buffer.from(tiff) }]);
      await page.getByRole("button", { name: "good.tif" }).click();
      await page.getByRole("img", { name: "The frame of good.tif" }).waitFor();
      await page.getByRole("img", { name: "Heatmap of good.tif" }).waitFor();
      await page.getByText("1.3 µm wide").waitFor();
      await page.getByText(/orange where it falls when covered \(0\.04\)/).waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it("dropped anywhere are rated, and the page stays", async () => {
      const { page } = await stage.open();
      const tiff = encodeTiff({ pixels: new Uint16Array(64 * 64).fill(7), shape: [64, 64] });
      await page.evaluate(`(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(${JSON.stringify([...tiff])})], "dropped.tif"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      })()`);
      await page.getByText("dropped.tif").waitFor();
      await until(page, async () => (await textOf(page, "tbody")).includes("0.50"));
    });
  });
}
