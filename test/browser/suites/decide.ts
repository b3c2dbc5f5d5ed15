import { describe, expect, it } from "vitest";
import { SafetyTrip } from "../../../src/core/index.js";
import { FakeSession } from "../../server/fake-session.js";
import { type Stage, textOf, until } from "../harness.js";

export function decideSuite(stage: Stage): void {
  describe("deciding", () => {
    it("shows a proposal with its reason and what it expects; approves by a click", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      const id = session.propose();
      await page.getByText(`Proposal for step 2`).waitFor();
      const panel = await textOf(page, ".settings-panel");
      expect(panel).toContain("Less depletion power");
      expect(panel).toMatch(/Depletion power\s+\d+ →\s+\d+\s+mW/);
      await page.getByRole("button", { name: /approve/i }).click();
      await until(page, () => session.asked.includes(`approve ${id} local`));
      await page.getByRole("button", { name: /approve/i }).waitFor({ state: "detached" });
    });

    const keys: readonly [string, string][] = [
      ["a", "approve p1 local"],
      ["r", "reject p1 local"],
      ["p", "pause local"],
      ["s", "skip local"],
      ["t", "repeat local"],
    ];
    it.each(keys)("key %s -> %s", async (key, said) => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.propose();
      await page.getByText("Proposal for step 2").waitFor();
      await page.keyboard.press(key);
      await until(page, () => session.asked.includes(said));
      expect(session.asked).toEqual([said]);
    });

    it("edits inside the limits only; while editing no key takes the unedited proposal", async () => {
      const { page, session } = await stage.open();
      session.propose();
      await page.getByText("Proposal for step 1").waitFor();
      await page.keyboard.press("e");
      const power = page.getByLabel("Depletion power", { exact: true });
      await power.fill("300");
      await page.getByText("Depletion power must be between 0 and 250 mW").waitFor();
      expect(await page.getByRole("button", { name: /use these/i }).isDisabled()).toBe(true);
      await power.fill("120.5");
      const dwell = page.getByLabel("Pixel dwell time, slider");
      await dwell.focus();
      await page.keyboard.press("End");
      await page.keyboard.press("a");
      expect(await page.getByLabel("Pixel dwell time", { exact: true }).inputValue()).toBe("50");
      for (const key of ["r", "1"]) await page.keyboard.press(key);
      await page.getByRole("button", { name: /^cancel/i }).click();
      await page.getByText("Proposal for step 1").waitFor();
      expect(session.asked).toEqual([]);
    });

    it("sends what was edited", async () => {
      const { page, session } = await stage.open();
      session.propose();
      await page.getByRole("button", { name: /^edit/i }).click();
      await page.getByLabel("Depletion power", { exact: true }).fill("120.5");
      await page.getByLabel("Excitation power, slider").focus();
      await page.keyboard.press("Home");
      await page.getByLabel("Pixel dwell time, slider").focus();
      await page.keyboard.press("End");
      await page.getByRole("button", { name: /use these/i }).click();
      await until(page, () => session.asked.length === 1);
      expect(session.asked).toEqual([
        'edit p1 {"depletionPowerMw":120.5,"excitationPowerUw":1,"dwellTimeUs":50} local',
      ]);
      await page.getByText("Edit step 1").waitFor({ state: "detached" });
    });

    it("a value that the server's envelope refuses is told in its words, and the edit stays", async () => {
      const { page, session } = await stage.open();
      session.propose();
      await page.getByRole("button", { name: /^edit/i }).click();
      await page.getByLabel("Depletion power", { exact: true }).fill("201.5");
      session.edit = async () => {
        throw new SafetyTrip("OUTSIDE_ENVELOPE", "depletionPowerMw = 201.5 is above 200 here", {
          hint: "choose a value inside",
        });
      };
      await page.getByRole("button", { name: /use these/i }).click();
      await page
        .getByText("Edit: depletionPowerMw = 201.5 is above 200 here (choose a value inside)")
        .waitFor();
      expect(await page.getByLabel("Depletion power", { exact: true }).inputValue()).toBe("201.5");
      expect(session.state().proposal).not.toBeNull();
    });

    it("says why the server refused, and that a proposal is gone", async () => {
      const { page, session } = await stage.open();
      session.propose();
      await page.getByRole("button", { name: /approve/i }).waitFor();
      session.approve = async () => {
        throw Object.assign(new Error("x"), {});
      };
      await page.keyboard.press("a");
      await page.getByText(/Approve: something went wrong inside/).waitFor();
    });

    it("changes the mode, pauses, resumes and stops", async () => {
      const { page, session } = await stage.open({ session: new FakeSession({ mode: "auto", sizePx: 64 }) });
      await page.getByRole("button", { name: "Assist", exact: true }).click();
      await page.locator('[aria-pressed="true"]', { hasText: "Assist" }).waitFor();
      await page.getByRole("button", { name: /^pause/i }).click();
      await page.getByRole("button", { name: /^resume/i }).click();
      await page.getByRole("button", { name: /^stop run/i }).click();
      await until(page, () => session.asked.length === 4);
      expect(session.asked).toEqual(["mode assist local", "pause local", "resume local", "stop local"]);
    });

    it("a trade-off is looked at by a click or a number first, and taken only then", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.propose(30);
      await page.getByText("Proposal for step 2").waitFor();
      expect(await page.locator(".options button").count()).toBe(4);
      expect(await page.locator(".trade-offs .option").count()).toBe(30);
      const numbered = page.locator(".trade-offs .option.numbered");
      expect(await numbered.allTextContents()).toHaveLength(4);
      await page.keyboard.press("2");
      await page.getByText("Trade-off for step 2").waitFor();
      expect(await textOf(page, ".why")).toMatch(/^Predicted: Quality 0\.\d+ ± 0\.06/);
      await page.keyboard.press("b");
      await page.getByText("Proposal for step 2").waitFor();
      expect(session.asked).toEqual([]);
      await numbered.first().click();
      await page.getByText("Trade-off for step 2").waitFor();
      const dwell = await textOf(page, ".setting:last-child .value b");
      await page.getByRole("button", { name: /take it/i }).click();
      await until(page, () => session.asked.length === 1);
      const index = Number(/^choose p1 (\d+) local$/.exec(session.asked[0] ?? "")?.[1]);
      expect(index).toBeGreaterThanOrEqual(0);
      expect(session.state().current?.settings.dwellTimeUs).toBeCloseTo(Number(dwell), 1);
    });

    it("can be used with the keyboard alone", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.propose();
      await page.getByText("Proposal for step 2").waitFor();
      const visited: string[] = [];
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press("Tab");
        const [name, outlined] = (await page.evaluate(`(() => {
          const e = document.activeElement;
          return [e.getAttribute("aria-label") ?? e.textContent ?? "", getComputedStyle(e).outlineStyle !== "none"];
        })()`)) as [string, boolean];
        if (name !== "" && e(name)) expect(outlined, `focus seen on ${name}`).toBe(true);
        visited.push(name);
        if (/^Reject/.test(name)) break;
      }
      function e(name: string): boolean {
        return name.length < 60;
      }
      for (const wanted of [/^E-stop$/, /^Observe/, /^Pause/, /^Before/, /^Approve/, /^Edit/, /^Reject/]) {
        expect(
          visited.some((name) => wanted.test(name)),
          String(wanted),
        ).toBe(true);
      }
      await page.keyboard.press("Enter");
      await until(page, () => session.asked.includes("reject p1 local"));
    });
  });
}
