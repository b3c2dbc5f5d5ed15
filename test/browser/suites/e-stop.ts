import { describe, expect, it } from "vitest";
import { ConnectError, type Frame } from "../../../src/core/index.js";
import { fakeFrame } from "../../server/fake-frames.js";
import { type Stage, textOf, until } from "../harness.js";

export function eStopSuite(stage: Stage): void {
  describe("the E-stop", () => {
    it("one click, no question; then says that it is dark, and how to re-arm", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.lights(true, 180);
      await page.getByText("180 mW").waitFor();
      await page.getByRole("button", { name: "E-stop", exact: true }).click();
      await page.getByText("Safe — dark.").waitFor();
      await page.getByText("Every source is confirmed off.").waitFor();
      expect(session.asked).toEqual(["panic E-stop pressed local"]);
      expect(await textOf(page, ".rig-panel")).toMatch(/depletion 775\s+off/);
      // The key that pauses and goes on must not re-arm by a slip.
      await page.keyboard.press("p");
      await page.getByRole("button", { name: /re-arm/i }).click();
      await page.getByText("Safe — dark.").waitFor({ state: "detached" });
      expect(session.asked).toEqual(["panic E-stop pressed local", "resume local"]);
    });

    it("one key, wherever the focus is", async () => {
      const { page, session } = await stage.open();
      session.propose();
      await page.getByRole("button", { name: /^edit/i }).click();
      await page.getByLabel("Depletion power", { exact: true }).focus();
      await page.keyboard.press("Escape");
      await page.getByText("Safe — dark.").waitFor();
      expect(session.asked).toEqual(["panic E-stop pressed local"]);
    });

    it("is pressed by software that clicks without a pointer, and only once by a mouse", async () => {
      const { page, session } = await stage.open();
      await page.getByRole("button", { name: "E-stop" }).dispatchEvent("click");
      await until(page, () => session.asked.length === 1);
      await page.getByRole("button", { name: "E-stop" }).click();
      await until(page, () => session.asked.length === 2);
      await page.getByRole("button", { name: "E-stop" }).focus();
      await page.keyboard.press("Enter");
      await until(page, () => session.asked.length === 3);
    });

    it("says loudly when the rig does not confirm, and sends again until it does", async () => {
      const { page, session } = await stage.open();
      session.lights(true, 90);
      session.panicFails = new ConnectError("RIG_LOST", "the rig does not answer");
      await page.getByRole("button", { name: "E-stop" }).click();
      await page.getByText("E-stop not confirmed: the rig does not answer.").waitFor();
      await until(page, () => session.asked.length >= 3);
      session.panicFails = null;
      await page.getByText("Safe — dark.").waitFor();
      await page.getByText(/E-stop not confirmed/).waitFor({ state: "detached" });
    });

    it("goes out at once while thirty frames a second come in, and the page stays awake", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      await page.evaluate(`(() => {
        window.gaps = []; let last = performance.now();
        const tick = (t) => { window.gaps.push(t - last); last = t; requestAnimationFrame(tick); };
        requestAnimationFrame(tick);
      })()`);
      let frames = 0;
      const ready = [0, 1, 2, 3].map((i) =>
        fakeFrame(`ready${i}`, i, "sted", session.randomSettings(), `r${i}`, { sizePx: 224 }),
      );
      const timer = setInterval(() => session.retell(ready[frames++ % 4] as Frame, 0.4), 33);
      stage.later(async () => clearInterval(timer));
      await until(page, () => frames > 60, 20_000);
      const box = await page.getByRole("button", { name: "E-stop" }).boundingBox();
      const pressed = performance.now();
      await page.mouse.click((box?.x ?? 0) + 40, (box?.y ?? 0) + 20);
      await until(page, () => session.asked.length === 1);
      expect(performance.now() - pressed).toBeLessThan(500);
      clearInterval(timer);
      const gaps = ((await page.evaluate("window.gaps")) as number[]).slice(5).sort((a, b) => a - b);
      expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan(50);
      expect(gaps.at(-1)).toBeLessThan(500);
      await page.getByText("Safe — dark.").waitFor();
    });
  });
}
