import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeTiff, type ScoreRecord } from "../../../src/core/index.js";
import { fakeRuns } from "../../server/fake-runs.js";
import { FakeSession } from "../../server/fake-session.js";
import { type FakeWorkshop, fakeWorkshop, standIn } from "../../server/fake-workshop.js";
import { seriousFindings, tooWide } from "../axe.js";
import { type Opened, type Stage, textOf, until } from "../harness.js";

/** A folder of images in a workshop of its own. */
function withImages(count: number): { workshop: FakeWorkshop; folder: string } {
  const workshop = fakeWorkshop(standIn);
  const folder = join(workshop.data, "images");
  mkdirSync(folder);
  for (let i = 0; i < count; i++) {
    const pixels = Uint16Array.from({ length: 64 * 64 }, (_, p) => (p * (i + 3)) % 50);
    writeFileSync(join(folder, `f${i}.tif`), encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 20 }));
  }
  return { workshop, folder };
}

async function go(opened: Opened, name: string, heading: string): Promise<void> {
  await opened.page.getByRole("link", { name, exact: true }).click();
  await opened.page.getByRole("heading", { name: heading, exact: true }).first().waitFor();
}

async function sound({ page, complaints, foreign }: Opened): Promise<void> {
  expect(await seriousFindings(page)).toEqual([]);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
}

const phone = { width: 390, height: 844, touch: true };

export function workshopSuite(stage: Stage): void {
  describe("rating", () => {
    it("a folder is rated by keyboard alone, saved after every frame, with undo and the second window", async () => {
      const { workshop, folder } = withImages(4);
      const opened = await stage.open({ workshop });
      const { page, context, session } = opened;
      await go(opened, "Rate", "Rate frames");
      await page.getByText("Enter your name first").waitFor();
      await page.getByLabel("Your name").fill("anna");
      await page.getByLabel("Name", { exact: true }).fill("cells");
      await page.getByLabel("Frames from").selectOption("folder");
      await page.getByLabel("Folder on the daemon's computer").fill(folder);
      await page.getByLabel("Folder on the daemon's computer").press("Enter");
      await page.getByText("anna · 0 of 5").waitFor();
      await sound(opened);
      await page.locator("body").press("7");
      await page.getByText("anna · 1 of 5").waitFor();
      const labels = (): string =>
        readFileSync(join(workshop.data, "ratings", "cells", "labels.csv"), "utf8");
      expect(labels()).toMatch(/,0\.7,anna,/);
      await page.keyboard.press("u");
      await page.getByText("anna · 0 of 5").waitFor();
      await page.getByLabel("Quality, per cent").focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByText("anna · 1 of 5").waitFor();
      expect(labels()).toMatch(/,0\.53,anna,/);
      // A key that comes before the next frame is there does nothing: nobody rates what he has not seen.
      const frame = async (): Promise<string | null> => page.locator(".rate-picture img").getAttribute("src");
      const before = await frame();
      await page.keyboard.press("n");
      await until(page, async () => (await frame()) !== before);
      await page.keyboard.press("x");
      await page.getByText("anna · 2 of 5").waitFor();
      // A second window of the same rater that still shows an old frame.
      const second = await context.newPage();
      await second.goto(page.url());
      await second.getByRole("button", { name: "cells" }).click();
      await second.getByText("anna · 2 of 5").waitFor();
      await page.keyboard.press("5");
      await page.getByText("anna · 3 of 5").waitFor();
      await second.keyboard.press("9");
      await second.getByText("judged in another window").waitFor();
      await second.getByText("anna · 3 of 5").waitFor();
      // Keys of the run are silent here, the E-stop is not.
      for (const key of ["p", "s", "t", "a"]) await page.keyboard.press(key);
      expect(session.asked).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByText("Safe — dark.").waitFor();
    });

    it("nobody rates without a name: the page says so, and what is sent all the same is refused in words", async () => {
      const { workshop, folder } = withImages(2);
      const { page, post } = await stage.open({ workshop });
      await post("/api/v1/ratings", { name: "s", source: { folder } });
      await page.getByRole("link", { name: "Rate", exact: true }).click();
      await page.getByText("Enter your name first").waitFor();
      expect(await page.getByRole("button", { name: "s", exact: true }).isDisabled()).toBe(true);
      await page.getByLabel("Your name").fill("   ");
      expect(await page.getByRole("button", { name: "s", exact: true }).isDisabled()).toBe(true);
      for (const rater of ["", "   "]) {
        const act = { rater, frame: "f0", act: "rate", rating: 0.5 };
        const answer = await post("/api/v1/ratings/s/judge", act);
        expect(answer.status).toBe(400);
        expect(((await answer.json()) as { error: { message: string } }).error.message).toMatch(/name/);
      }
      expect(existsSync(join(workshop.data, "ratings", "s", "labels.csv"))).toBe(false);
    });

    it("a set that takes long to make tells how far it is", async () => {
      const { workshop, folder } = withImages(4);
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let asked = 0;
      const score = async (): Promise<ScoreRecord> => {
        if (asked++ === 1) await held;
        return { score: 0.5, lower: 0.4, upper: 0.6, inDomain: true, foreground: 0.2, ms: 3 };
      };
      const opened = await stage.open({ workshop, score });
      const { page } = opened;
      await go(opened, "Rate", "Rate frames");
      await page.getByLabel("Your name").fill("anna");
      await page.getByLabel("Name", { exact: true }).fill("cells");
      await page.getByLabel("Frames from").selectOption("folder");
      await page.getByLabel("Folder on the daemon's computer").fill(folder);
      await page.getByRole("button", { name: "Make it" }).click();
      await page.getByText("Preparing the frames… 1 of 4").waitFor();
      release();
      await page.getByText("anna · 0 of 5").waitFor();
    });

    it("shows how far raters agree, and fits a phone", async () => {
      const { workshop, folder } = withImages(3);
      const opened = await stage.open({ workshop }, phone);
      const { page } = opened;
      await opened.post("/api/v1/ratings", { name: "s", source: { folder } });
      for (const [rater, rating] of [
        ["anna", 0.4],
        ["bert", 0.6],
      ] as const) {
        for (let n = 0; n < 4; n++) {
          const task = (await (await opened.get(`/api/v1/ratings/s/task?rater=${rater}`)).json()) as {
            frame: string;
          };
          const act = { rater, frame: task.frame, act: "rate", rating: rating + n / 100 };
          expect((await opened.post("/api/v1/ratings/s/judge", act)).status).toBe(200);
        }
      }
      await go(opened, "Rate", "Rate frames");
      await page.getByLabel("Your name").fill("carl");
      await page.getByRole("button", { name: "s", exact: true }).click();
      await page.getByRole("button", { name: "Agreement" }).click();
      await page.getByText(/ICC\(2,1\)|Two raters/).waitFor();
      await page.getByRole("img", { name: /Bland–Altman/ }).waitFor();
      await sound(opened);
      // Four taps rate all frames and the one that comes back.
      for (let n = 1; n <= 4; n++) {
        await page.getByLabel("Quality, per cent").fill("80");
        await page.getByRole("button", { name: /^Rate/ }).click();
        if (n < 4) await page.getByText(`carl · ${n} of 4`).waitFor();
      }
      await page.getByText("All frames are rated").waitFor();
    });
  });

  describe("training", () => {
    it("starts, shows the curve, evaluates with pictures, deploys and rolls back", async () => {
      const { workshop, folder } = withImages(1);
      const set = join(workshop.data, "ratings", "mine");
      mkdirSync(join(set, "frames"), { recursive: true });
      copyFileSync(join(folder, "f0.tif"), join(set, "frames", "a.tif"));
      writeFileSync(join(set, "dataset.json"), "{}");
      writeFileSync(join(set, "labels.csv"), "id,rating\n");
      const opened = await stage.open({ workshop });
      const { page } = opened;
      await go(opened, "Train", "Train a network");
      await page.getByText("This run scores with").waitFor();
      await page.getByLabel("Name of the model").fill("net");
      await page.getByLabel("Name of the model").press("Enter");
      await page.getByRole("heading", { name: /net · done/ }).waitFor({ timeout: 20_000 });
      await page.getByRole("img", { name: /after 1 epochs/ }).waitFor();
      await page.getByRole("button", { name: "Evaluate actin", exact: true }).click();
      await page.getByRole("img", { name: "actin: predicted against rated" }).waitFor({ timeout: 20_000 });
      await page.getByRole("img", { name: "actin: calibration" }).waitFor();
      await page.getByText("a: rated 50, predicted 60").waitFor();
      await page.getByRole("img", { name: "Frame a" }).waitFor();
      await sound(opened);
      await page.getByRole("button", { name: "Deploy actin", exact: true }).click();
      await page.getByText("Deployed for the next start: actin, by local").waitFor();
      await page.getByRole("button", { name: "Roll back" }).click();
      await page.getByText("Nothing was deployed").waitFor();
      await page.setViewportSize({ width: 390, height: 844 });
      await sound(opened);
    });
  });

  describe("rig page", () => {
    it("shows light with history, limits, events with filters, who did what, and the doctor", async () => {
      const opened = await stage.open({ workshop: fakeWorkshop() });
      const { page, session } = opened;
      session.takeStep();
      session.note("warn", "focus drifts");
      await opened.post("/api/v1/pause", {});
      await go(opened, "Rig", "Safety limits in force");
      await page.getByText("focus drifts").waitFor();
      await page.getByText("local (admin) paused").waitFor();
      await page.getByLabel("Kind of event").selectOption("trouble");
      await until(page, async () => !(await textOf(page, ".events")).includes("pause"));
      await page.getByLabel("Search events").fill("nothing of the kind");
      await page.getByText("Nothing yet.").waitFor();
      await page.getByRole("button", { name: "Examine" }).click();
      await page.getByText("8 ms a frame").waitFor();
      await page.getByText("choose another").waitFor();
      expect(await textOf(page, "main")).toMatch(/250/);
      await sound(opened);
      await page.setViewportSize({ width: 390, height: 844 });
      await sound(opened);
    });
  });

  describe("runs beside each other", () => {
    it("are compared, noted, tagged, found by tag, replayed and exported", async () => {
      const lived = (seed: number): FakeSession => {
        const session = new FakeSession({ seed, sizePx: 64 });
        for (let i = 0; i < 5; i++) session.takeStep();
        return session;
      };
      const runs = fakeRuns([
        { id: "run-a", session: lived(1) },
        { id: "run-b", session: lived(2) },
      ]);
      const opened = await stage.open({ runs, workshop: fakeWorkshop(standIn) });
      const { page } = opened;
      await go(opened, "Runs", "Runs");
      await page.getByLabel("Compare run-a").check();
      await page.getByLabel("Compare run-b").check();
      await page.getByRole("img", { name: "quality by step of 2 runs" }).waitFor();
      await page.getByRole("row", { name: /run-a/ }).getByRole("button", { name: "More" }).click();
      await page.getByLabel("Note", { exact: true }).fill("sharp but bleached");
      await page.getByLabel("Tags, by commas").fill("week 3, good");
      await page.getByRole("button", { name: "Keep" }).click();
      await page.locator(".tag", { hasText: "week 3" }).waitFor();
      await page.getByRole("button", { name: "Check by replay" }).click();
      await page.getByText("3 steps replayed: identical.").waitFor({ timeout: 20_000 });
      await sound(opened);
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save CSV" }).click();
      expect(
        readFileSync(await (await download).path(), "utf8")
          .trim()
          .split("\r\n"),
      ).toHaveLength(6);
      await page.getByLabel("Format", { exact: true }).selectOption("useq");
      const archive = page.waitForEvent("download");
      await page.getByRole("button", { name: "Export", exact: true }).click();
      expect((await archive).suggestedFilename()).toBe("run-a-useq.tar");
      expect(
        readFileSync(await (await archive).path())
          .subarray(257, 262)
          .toString(),
      ).toBe("ustar");
      await page.getByLabel("Search runs").fill("week 3");
      await until(page, async () => !(await textOf(page, "main")).includes("Compare run-b"));
      await page.setViewportSize({ width: 390, height: 844 });
      await sound(opened);
    });
  });

  describe("the whole page", () => {
    it("has no serious finding of axe-core on Live, Runs and Files, wide and narrow", async () => {
      const opened = await stage.open({ workshop: fakeWorkshop() });
      const { page, session } = opened;
      for (let i = 0; i < 3; i++) session.takeStep();
      session.propose(3);
      await page.getByText("Proposal for step 4").waitFor();
      for (const size of [{ width: 1280, height: 720 }, phone]) {
        await page.setViewportSize(size);
        for (const place of ["Runs", "Files", "Live"]) {
          await page.getByRole("link", { name: place, exact: true }).click();
          await sound(opened);
        }
      }
    });

    it("every place is reached and every control of it focused with the keyboard alone", async () => {
      const { workshop } = withImages(1);
      const set = join(workshop.data, "ratings", "mine");
      mkdirSync(set, { recursive: true });
      writeFileSync(join(set, "dataset.json"), "{}");
      writeFileSync(join(set, "labels.csv"), "id,rating\n");
      const session = new FakeSession({ sizePx: 64 });
      session.takeStep();
      const runs = fakeRuns([{ id: "run-a", session }]);
      const { page } = await stage.open({ workshop, runs });
      for (const [place, sign] of [
        ["Runs", "run-a"],
        ["Rate", "Enter your name first"],
        ["Train", "This run scores with"],
        ["Study", "No study yet"],
        ["Rig", "Looks at engines"],
        ["Files", "Drop TIFF"],
      ] as const) {
        await page.getByRole("link", { name: place, exact: true }).focus();
        await page.keyboard.press("Enter");
        await page.getByText(sign).first().waitFor();
        await page.evaluate("document.activeElement.blur()");
        const wanted = (await page.evaluate(`(() => {
          const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
          return all.filter((e) => !e.disabled && e.checkVisibility() && !e.closest("dialog:not([open])")).length;
        })()`)) as number;
        const seen = new Set<number>();
        for (let i = 0; i < wanted + 3; i++) {
          await page.keyboard.press("Tab");
          const [at, outlined] = (await page.evaluate(`(() => { const e = document.activeElement;
            return [[...document.querySelectorAll("*")].indexOf(e), e === document.body || getComputedStyle(e).outlineStyle !== "none"]; })()`)) as [
            number,
            boolean,
          ];
          expect([place, at, outlined]).toEqual([place, at, true]);
          seen.add(at);
        }
        expect([place, seen.size]).toEqual([place, expect.any(Number)]);
        expect(seen.size, place).toBeGreaterThanOrEqual(wanted);
      }
    });
  });
}
