import { describe, expect, it } from "vitest";
import { StedError } from "../../../src/core/index.js";
import { fakeRuns } from "../../server/fake-runs.js";
import { FakeSession } from "../../server/fake-session.js";
import { fakeWorkshop, standIn } from "../../server/fake-workshop.js";
import { seriousFindings } from "../axe.js";
import { type Stage, textOf } from "../harness.js";

function lived(seed: number): FakeSession {
  const session = new FakeSession({ seed, sizePx: 64 });
  for (let i = 0; i < 5; i++) session.takeStep();
  return session;
}

/** What the optimiser tells besides its proposals, and what it can be told. */
export function adviceSuite(stage: Stage): void {
  describe("what the optimiser advises", () => {
    it("when to stop: the line under the trade-off comes, changes, and is not shown over a past run", async () => {
      const runs = fakeRuns([{ id: "run-old", session: lived(3) }]);
      const { page, session, complaints } = await stage.open({ runs });
      session.takeStep();
      await page.locator(".trade-offs .dot").first().waitFor();
      expect(await page.locator(".outlook").count()).toBe(0);
      const text = "Further images may still bring 12 % ± 4 % of the volume.";
      session.patch({ outlook: { remaining: 0.12, sd: 0.04, stop: false, text } });
      await page.locator(".outlook", { hasText: text }).waitFor();
      const stop = "Further images may bring 1 % ± 1 %: you could stop.";
      session.patch({ outlook: { remaining: 0.01, sd: 0.01, stop: true, text: stop } });
      await page.locator(".outlook", { hasText: "you could stop" }).waitFor();
      expect(await textOf(page, ".outlook")).toBe(stop);
      expect(complaints).toEqual([]);
      await page.getByRole("link", { name: "Runs" }).click();
      await page.getByRole("button", { name: "run-old" }).click();
      await page.getByText("Settings of step 5").waitFor();
      expect(await page.locator(".outlook").count()).toBe(0);
    });

    it("what it learned from clicks: whether it decides, and how its probabilities came true", async () => {
      const { page, session, complaints } = await stage.open();
      session.takeStep();
      await page.locator(".trade-offs .dot").first().waitFor();
      const bins = [0.5, 0.6, 0.7, 0.8, 0.9].map((from, i) => ({
        from,
        to: Number((from + 0.1).toFixed(1)),
        n: i === 2 ? 0 : 10 * (i + 1),
        found: i === 2 ? 0 : from + 0.04,
      }));
      session.patch({ learnt: { clicks: 5, accuracy: 0.6, brier: 0.24, bins, ready: false } });
      await page.getByText("Learned from 5 clicks: you decide").waitFor();
      session.patch({ learnt: { clicks: 14, accuracy: 0.86, brier: 0.11, bins, ready: true } });
      await page.getByText("Learned from 14 clicks: decides in auto mode; foretells 86 %").click();
      const picture = page.getByRole("img", { name: "Clicks: foretold against found" });
      await picture.waitFor();
      expect(await picture.locator("circle").count()).toBe(4);
      expect(await textOf(page, ".learnt table")).toMatch(/Brier score 0\.11/);
      expect(await page.locator(".learnt tbody tr").allInnerTexts()).toEqual([
        "50–60 %\t54 %\t10",
        "60–70 %\t64 %\t20",
        "70–80 %\t–\t0",
        "80–90 %\t84 %\t40",
        "90–100 %\t94 %\t50",
      ]);
      expect(await seriousFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it("an earlier run is counted by its button, once told how many images; a refusal is said in words", async () => {
      const taught: string[] = [];
      const { page } = await stage.open({
        runs: fakeRuns([
          { id: "run-a", session: lived(1) },
          { id: "run-b", session: lived(2) },
        ]),
        workshop: fakeWorkshop(standIn),
        learnFrom: async (run, by) => {
          if (run === "run-b")
            throw new StedError("SPACE_DIFFERS", "run-b turned other knobs", { hint: "choose another" });
          taught.push(`${run} ${by}`);
          return 5;
        },
      });
      await page.getByRole("link", { name: "Runs", exact: true }).click();
      await page.getByRole("row", { name: /run-a/ }).getByRole("button", { name: "More" }).click();
      await page.getByRole("button", { name: "Warm-start from it" }).click();
      await page
        .getByRole("status")
        .filter({ hasText: "5 images of it count from the next step on." })
        .waitFor();
      expect(taught).toEqual(["run-a local"]);
      await page.getByRole("row", { name: /run-b/ }).getByRole("button", { name: "More" }).click();
      await page.getByRole("button", { name: "Warm-start from it" }).last().click();
      await page.getByText(/run-b turned other knobs/).waitFor();
      expect(taught).toHaveLength(1);
    });
  });
}
