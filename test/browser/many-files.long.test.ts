import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeTiff } from "../../src/core/index.js";
import { Stage } from "./harness.js";

const stage = new Stage();
beforeAll(() => stage.start(), 300_000);
afterEach(() => stage.clear());
afterAll(() => stage.end());
const count = 10_000;

describe("ten thousand files at once", { timeout: 1_500_000 }, () => {
  it("are rated with progress, in bounded memory of page and daemon, and all of them are in the CSV", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stedloop-many-"));
    const pixels = Uint16Array.from({ length: 64 * 64 }, (_, p) => p % 60);
    const tiff = encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 20 });
    const files = Array.from({ length: count }, (_, i) => join(folder, `f${String(i).padStart(5, "0")}.tif`));
    for (const file of files) writeFileSync(file, tiff);
    const { page, context, complaints } = await stage.open();
    await page.getByRole("link", { name: "Files" }).click();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Performance.enable");
    const heapMb = async (): Promise<number> => {
      await devtools.send("HeapProfiler.collectGarbage");
      const { metrics } = await devtools.send("Performance.getMetrics");
      return (metrics.find((m) => m.name === "JSHeapUsedSize")?.value ?? Number.NaN) / 2 ** 20;
    };
    const before = { page: await heapMb(), daemon: process.memoryUsage().rss / 2 ** 20 };
    await page.getByLabel("Choose image files").setInputFiles(files);
    await page.getByText(/of 10000 files, 0 not rated, about .* left/).waitFor({ timeout: 120_000 });
    await page.getByText("10000 rated, 0 not").waitFor({ timeout: 1_200_000 });
    const after = { page: await heapMb(), daemon: process.memoryUsage().rss / 2 ** 20 };
    console.log(JSON.stringify({ name: "10,000 files", before, after, unit: "MB" }));
    expect(after.page - before.page).toBeLessThan(40);
    expect(after.daemon - before.daemon).toBeLessThan(400);
    expect(await page.locator("tbody tr").count()).toBe(100);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save CSV" }).click();
    const lines = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split("\r\n");
    expect(lines).toHaveLength(count + 1);
    expect(complaints).toEqual([]);
  });
});
