import { describe, expect, it } from "vitest";
import type { FrameRow } from "../../../src/journal/index.js";
import { newToken } from "../../../src/server/index.js";
import { fakeRuns } from "../../server/fake-runs.js";
import { FakeSession } from "../../server/fake-session.js";
import { type Stage, textOf, until } from "../harness.js";

/** Shares of the canvas's colours: how many differ, how bright the brightest is. */
const look = `(() => {
  const c = document.querySelector(".frame-box canvas");
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  const seen = new Set(); let max = 0;
  for (let i = 0; i < d.length; i += 4) { seen.add(d[i] << 16 | d[i+1] << 8 | d[i+2]); max = Math.max(max, d[i]); }
  return { colours: seen.size, max };
})()`;

export function watchSuite(stage: Stage): void {
  describe("watching a run", () => {
    it("shows frame, score, objectives, settings with units, light, dose and budget; and follows", async () => {
      const { page, session, complaints, foreign } = await stage.open();
      const step = session.takeStep();
      const score = (step.score?.score ?? 0).toFixed(2);
      await page.getByText(score, { exact: true }).first().waitFor();
      const text = (await textOf(page, "body")).toLowerCase();
      for (const word of [
        "quality",
        "depletion power",
        "pixel dwell time",
        "mw",
        "µs",
        "stop",
        "bleaching",
      ]) {
        expect(text).toContain(word);
      }
      expect(text).toContain("provisional model, trained on simulated frames only");
      // Counted by the event after the frame's.
      await until(page, async () => (await textOf(page, "body")).toLowerCase().includes("1 of 40"));
      await until(page, async () => ((await page.evaluate(look)) as { colours: number }).colours > 10);
      expect(await textOf(page, ".scale-bar")).toMatch(/^[\d.]+ µm$/);

      const next = session.takeStep({ depletionPowerMw: 200, excitationPowerUw: 9, dwellTimeUs: 20 });
      await page
        .getByText((next.score?.score ?? 0).toFixed(2), { exact: true })
        .first()
        .waitFor();
      expect(await textOf(page, ".settings-panel")).toMatch(/Depletion power\s+200\s+mW/);
      session.lights(true, 142);
      await page.getByText("142 mW").waitFor();
      expect(await textOf(page, ".rig-panel")).toMatch(/depletion 775\s+ON\s+142 mW/);
      expect(complaints).toEqual([]);
      expect(foreign).toEqual([]);
    });

    it("shows which conditions hold the run, what is bad, and what it waits for, on Live and on Rig", async () => {
      const { page, session } = await stage.open();
      const panel = page.locator(".rig-panel");
      await panel.getByText("Holds the run: interlock, disk; all good").waitFor();
      const suspend = {
        on: ["interlock", "disk"],
        goodForS: 10,
        holds: [{ reason: "only 3 MB are free", needsOperator: false }],
        held: true,
        needsOperator: false,
        goodSince: null,
      };
      session.patch({ state: "paused", suspend });
      await panel.getByText("only 3 MB are free").waitFor();
      expect(await textOf(page, ".rig-panel")).toMatch(
        /Held in the dark\. It goes on by itself after 10 s without\./,
      );
      await page.getByRole("link", { name: "Rig", exact: true }).click();
      await panel.getByText("only 3 MB are free").waitFor();
      session.patch({ suspend: { ...suspend, holds: [], goodSince: "2026-01-05T09:00:07.000Z" } });
      await panel.getByText("Good since 09:00:07 UTC: it goes on by itself after 10 s.").waitFor();
      session.patch({ suspend: { ...suspend, needsOperator: true } });
      await panel.getByText("An operator has to press Resume.").waitFor();
    });

    it("a page opened late knows all steps", async () => {
      const session = new FakeSession({ sizePx: 64 });
      for (let i = 0; i < 25; i++) session.takeStep();
      const { page } = await stage.open({ session });
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 25);
    });

    it("switches between before, STED and after, looks back and follows again, by keys", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.takeStep();
      const head = page.locator(".frame-head h2");
      await head.getByText("Confocal after").waitFor();
      await page.keyboard.press("ArrowRight");
      await head.getByText("Confocal before").waitFor();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowUp");
      expect(await textOf(page, ".frame-head h2")).toBe("STED · step 1");
      expect(await textOf(page, "#score-title")).toContain("step 1");
      await page.keyboard.press("f");
      expect(await textOf(page, ".frame-head h2")).toBe("STED · step 2");
      const before = await page.evaluate(look);
      await page.keyboard.press("c");
      await until(page, async () => JSON.stringify(await page.evaluate(look)) !== JSON.stringify(before));
    });

    it("in observe mode the score is that of the newest frame", async () => {
      const { page, session } = await stage.open({
        session: new FakeSession({ mode: "observe", sizePx: 64 }),
      });
      session.emitFrame(null, null, {}, 0.5);
      await page.locator(".score", { hasText: "0.18" }).waitFor();
      expect(await textOf(page, "#score-title")).toContain("newest frame");
    });

    it("in observe mode frames are looked back at like steps, those before the page was opened too", async () => {
      const session = new FakeSession({ mode: "observe", sizePx: 64 });
      const early = session.emitFrame("sted", null, {}, 0.5);
      const score = { score: 0.33, lower: 0.2, upper: 0.4, inDomain: true, foreground: 0.2, ms: 3 };
      const run = session.state().run ?? "";
      const runs = fakeRuns([{ id: run, session }]);
      const extras = async (): Promise<readonly FrameRow[]> => [
        {
          id: early,
          hash: "h",
          role: "extra",
          step: null,
          dtype: "uint16",
          score,
          frame: { kind: "sted", acquiredAt: "2026-01-05T08:00:00Z", settings: {} } as FrameRow["frame"],
        },
      ];
      const { page } = await stage.open({ session, runs: { ...runs, extras } });
      await page.getByText("Quality by frame").waitFor();
      session.emitFrame(null, null, {}, 0.5);
      await page.locator(".score", { hasText: "0.18" }).waitFor();
      await page.locator(".step-line").nth(1).waitFor();
      await page.locator(".step-line", { hasText: "0.33" }).click();
      await page.locator("#score-title", { hasText: "frame 1" }).waitFor();
      expect(await textOf(page, ".score")).toBe("0.33");
      expect(await page.locator(".trade-offs").count()).toBe(0);
      // What is not known to be dark is not called dark.
      session.patch({ rig: { ...session.state().rig, light: [] } });
      await page.getByText("this rig does not tell of its light").waitFor();
      expect(await textOf(page, ".rig-panel")).not.toContain("dark");
    });

    it("shows no number where the network may not say one", async () => {
      const { page, session } = await stage.open();
      const { frames, settings } = session.takeStep();
      session.patch({
        last: {
          score: null,
          lower: null,
          upper: null,
          inDomain: false,
          reason: "no foreground in the frame",
          objectives: { quality: null, bleaching: null, pixelTimeUs: 8 },
          step: 1,
          settings,
          frames,
        },
      });
      await page.getByText("no foreground in the frame").waitFor();
      expect(await textOf(page, ".score")).toBe("–");
    });

    it("what comes from the rig is text, never markup", async () => {
      const { page, session, complaints } = await stage.open();
      session.takeStep();
      const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
      session.note("warn", evil);
      session.patch({ alert: evil, rig: { ...session.state().rig, name: evil } });
      await page.locator(".banner", { hasText: "onerror" }).waitFor();
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(complaints).toEqual([]);
    });

    it("off loopback asks for a token, and lets the E-stop through without", async () => {
      const { token, record } = newToken("ann", "operator");
      const { page, session } = await stage.open({ host: "0.0.0.0", tokens: [record] });
      await page.getByLabel("Access token").waitFor();
      await page.getByRole("button", { name: "E-stop" }).click();
      await until(page, () => session.asked.length === 1);
      expect(session.asked[0]).toContain("panic");
      await page.getByLabel("Access token").fill(token);
      await page.keyboard.press("Enter");
      await page.getByText("Safe — dark.").waitFor();
      await page.getByRole("button", { name: /re-arm/i }).click();
      await until(page, () => session.asked.includes("resume ann"));
    });
  });
}
