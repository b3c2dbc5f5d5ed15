import { describe, expect, it } from "vitest";
import type { Heatmap } from "../../../src/server/index.js";
import { seriousFindings } from "../axe.js";
import { type Stage, textOf, until } from "../harness.js";

const drawn = `(() => {
  const c = document.querySelector(".frame-box canvas");
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let sum = 0; for (let i = 0; i < d.length; i += 4) sum = (sum * 31 + d[i] + 3 * d[i + 1] + 7 * d[i + 2]) % 1000003;
  return sum;
})()`;

export function frameSuite(stage: Stage): void {
  describe("the frame", () => {
    it("shows what the network saw where, with its legend; over a grey frame; by key and by button", async () => {
      let asked = 0;
      const heatmap = async (): Promise<Heatmap | null> => {
        asked++;
        return { kind: "occlusion", values: Float32Array.of(-0.02, 0, 0.05, 0.01), shape: [2, 2] };
      };
      const { page, session, complaints } = await stage.open({ heatmap });
      session.takeStep();
      await page.locator(".scale-bar").waitFor();
      const plain = await page.evaluate(drawn);
      await page.keyboard.press("h");
      await page.getByText("What the score rests on").waitFor();
      await page.getByRole("img", { name: "fall of the score: −0.050 to +0.050" }).waitFor();
      await until(page, async () => (await page.evaluate(drawn)) !== plain);
      expect(await seriousFindings(page)).toEqual([]);
      await page.getByRole("button", { name: /^heatmap/ }).click();
      await page.getByText("What the score rests on").waitFor({ state: "detached" });
      await until(page, async () => (await page.evaluate(drawn)) === plain);
      expect(asked).toBe(1);
      expect(complaints).toEqual([]);
    });

    it("says why there is no heatmap", async () => {
      const { page, session } = await stage.open({ heatmap: async () => null });
      session.takeStep();
      await page.locator(".scale-bar").waitFor();
      await page.keyboard.press("h");
      await page.getByText("no heatmap: a frame without a score has none").waitFor();
    });

    it("zooms and moves by keys and buttons, and tells the counts at both ends of its colours", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      await page.locator(".scale-bar").waitFor();
      await page.getByRole("img", { name: /^counts: [\d.]+ to [\d.]+$/ }).waitFor();
      const whole = await page.evaluate(drawn);
      const bar = await textOf(page, ".scale-bar");
      for (let i = 0; i < 6; i++) await page.keyboard.press("+");
      await page.getByRole("button", { name: "Whole picture" }).waitFor();
      await until(page, async () => (await page.evaluate(drawn)) !== whole);
      expect(await textOf(page, ".scale-bar")).not.toBe(bar);
      const zoomed = await page.evaluate(drawn);
      await page.keyboard.press("Shift+ArrowRight");
      await until(page, async () => (await page.evaluate(drawn)) !== zoomed);
      // Without shift the arrows still turn to the next picture, with it they do not.
      expect(await page.locator('.tabs [aria-pressed="true"]').textContent()).toBe("Live");
      await page.getByRole("button", { name: "Zoom out" }).click();
      await page.keyboard.press("0");
      await until(page, async () => (await page.evaluate(drawn)) === whole);
    });

    it("the timeline carries the settings; of a step under the pointer it tells their values", async () => {
      const { page, session } = await stage.open();
      for (let i = 0; i < 6; i++) session.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 6);
      expect(await textOf(page, ".settings-key")).toMatch(/Depletion power\s+Excitation power/);
      const box = await page.locator(".timeline .u-over").boundingBox();
      await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) * 0.3, (box?.y ?? 0) + 10);
      await until(page, async () => /^\s*[\d.]+ mW\s+[\d.]+ µW/.test(await textOf(page, ".settings-key")));
    });
  });
}
