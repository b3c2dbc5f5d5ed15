import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/index.js";
import { newToken } from "../../../src/server/index.js";
import { FakeSession } from "../../server/fake-session.js";
import { serve } from "../../server/serve.js";
import { type Stage, textOf, until } from "../harness.js";

export function streamSuite(stage: Stage): void {
  describe("the stream", () => {
    it("lost: values are dimmed and said to be old; back: everything missed is there, once", async () => {
      const { page, session, close, port, complaints } = await stage.open();
      session.takeStep();
      session.lights(true, 150);
      await page.getByText("150 mW").waitFor();
      await close();
      await page.getByText(/Connection lost\. What you see is \d+ s old/).waitFor();
      expect(
        await page.evaluate('Number(getComputedStyle(document.querySelector("main")).opacity)'),
      ).toBeLessThan(0.6);
      expect(await textOf(page, ".rig-panel")).toMatch(/depletion 775\s+was on/);
      expect(await page.locator(".light.on").count()).toBe(0);
      expect(await page.getByRole("button", { name: /^pause/i }).isDisabled()).toBe(true);
      expect(await page.getByRole("button", { name: "E-stop" }).isDisabled()).toBe(false);

      session.takeStep();
      session.takeStep();
      const again = await serve({ session, port, webRoot: stage.webRoot });
      stage.later(again.close);
      await page.getByText("Connection lost").waitFor({ state: "detached", timeout: 15_000 });
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 3);
      session.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 4);
      // A refused connection is the browser's own word, not an error of the page.
      expect(complaints.filter((c) => !/ERR_|Failed to load resource/.test(c))).toEqual([]);
    });

    it("silent: a line on which nothing comes any more counts as lost", async () => {
      const clock = { ...systemClock, every: () => ({ cancel: () => undefined }) };
      const { page, session } = await stage.open({ clock });
      session.takeStep();
      await page.locator(".score", { hasText: /0\.\d\d/ }).waitFor();
      await page.getByText("Connection lost").waitFor({ timeout: 15_000 });
      await page.getByText("Connection lost").waitFor({ state: "detached", timeout: 15_000 });
    });

    it("the E-stop pressed while the line is down goes out when it is back", async () => {
      const { page, session, close, port } = await stage.open();
      session.takeStep();
      await close();
      await page.getByText("Connection lost").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText(/E-stop not confirmed: the daemon does not answer/).waitFor();
      const again = await serve({ session, port, webRoot: stage.webRoot });
      stage.later(again.close);
      await until(page, () => session.asked.some((a) => a.startsWith("panic")), 15_000);
      await page.getByText("Safe — dark.").waitFor({ timeout: 15_000 });
    });

    it("a week later: another run, another start; nothing of the old one stands as if it were now", async () => {
      const { page, session, close, port } = await stage.open();
      for (let i = 0; i < 3; i++) session.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 3);
      await until(page, async () => (await page.locator(".scale-bar").count()) === 1);
      await close();
      await page.getByText("Connection lost").waitFor();
      const fresh = new FakeSession({ seed: 9, sizePx: 64 });
      fresh.patch({ run: "another-run" });
      const again = await serve({ session: fresh, port, webRoot: stage.webRoot });
      stage.later(again.close);
      await page.getByText("Connection lost").waitFor({ state: "detached", timeout: 15_000 });
      await page.getByText("no frame yet").waitFor();
      expect(await page.locator(".trade-offs .dot").count()).toBe(0);
      expect(await textOf(page, ".score")).toBe("–");
      fresh.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 1);
      await page.locator(".scale-bar").waitFor();
    });

    it("a computer that slept for a week: what it shows is told to be old, then all that was missed is there", async () => {
      const { context, address, session } = await stage.open();
      const page = await context.newPage();
      await page.clock.install();
      await page.goto(address);
      session.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 1);
      await context.setOffline(true);
      await page.clock.fastForward(7 * 24 * 3_600_000);
      await page.getByText(/Connection lost\. What you see is 7 days old/).waitFor();
      session.takeStep();
      session.takeStep();
      await context.setOffline(false);
      await page.clock.fastForward(30_000);
      await page.getByText("Connection lost").waitFor({ state: "detached", timeout: 20_000 });
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 3);
      await page.keyboard.press("Escape");
      await page.getByText("Safe — dark.").waitFor();
    });

    it("a token that was withdrawn meanwhile: said in words, what was begun stays, the E-stop works", async () => {
      const [old, fresh] = [newToken("ann", "operator"), newToken("ann", "operator")];
      const { page, session, close, port } = await stage.open({ host: "0.0.0.0", tokens: [old.record] });
      await page.getByLabel("Access token").fill(old.token);
      await page.keyboard.press("Enter");
      session.propose();
      await page.getByRole("button", { name: /^edit/i }).click();
      await page.getByLabel("Depletion power", { exact: true }).fill("77.5");
      await close();
      await page.getByText("Connection lost").waitFor();
      const again = await serve({
        session,
        port,
        webRoot: stage.webRoot,
        host: "0.0.0.0",
        tokens: [fresh.record],
      });
      stage.later(again.close);
      await page.getByText("The daemon no longer takes your token").waitFor({ timeout: 15_000 });
      await page.getByText("Not logged in any more.").waitFor();
      expect(await page.getByRole("button", { name: /use these/i }).isDisabled()).toBe(true);
      await page.getByLabel("Access token").fill(fresh.token);
      await page.keyboard.press("Enter");
      await page.getByText("The daemon no longer takes").waitFor({ state: "detached" });
      expect(await page.getByLabel("Depletion power", { exact: true }).inputValue()).toBe("77.5");
      await page.getByRole("button", { name: /use these/i }).click();
      await until(page, () => session.asked.some((a) => a.includes("77.5")));
      await page.keyboard.press("Escape");
      await page.getByText("Safe — dark.").waitFor();
    });
  });
}
