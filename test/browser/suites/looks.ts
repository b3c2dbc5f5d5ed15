import { describe, expect, it } from "vitest";
import { type Stage, textOf, until } from "../harness.js";

/** Every text on the page whose contrast (WCAG 2.2) is less than it must be: 4.5, or 3 when large. */
const faint = `(() => {
  const lum = (c) => { const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
  const rgb = (s) => { const m = s.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const back = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 0.9) return c; } return [13, 16, 21]; };
  const out = [];
  for (const e of document.querySelectorAll("body *")) {
    if (e instanceof SVGElement || e.closest("dialog:not([open]), noscript")) continue;
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== "");
    if (!own || e.matches(":disabled, :disabled *")) continue;
    const s = getComputedStyle(e); const a = lum(rgb(s.color)), b = lum(back(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.6 && Number(s.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) out.push(e.className + " " + e.textContent.slice(0, 30) + " " + ratio.toFixed(2));
  }
  return out;
})()`;
const nameless = `[...document.querySelectorAll("button, input, select, canvas, [role=img], dialog, section, progress")]
  .filter((e) => !(e.parentElement.closest("[role=img]") || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim() ||
    (e.id && document.querySelector('label[for="' + e.id + '"]'))))
  .map((e) => e.outerHTML.slice(0, 80))`;
const doubleIds = `(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i); })()`;
/** Controls whose words do not fit, and controls too small to hit. */
const cramped = `[...document.querySelectorAll("button")].filter((b) => {
  const r = b.getBoundingClientRect(); return r.width > 0 && (b.scrollWidth > b.clientWidth + 1 || r.height < 24 || r.width < 24); })
  .map((b) => b.textContent)`;
const sideways = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

export function looksSuite(stage: Stage): void {
  describe("how it looks", () => {
    const views: readonly [string, number, number, boolean][] = [
      ["desktop", 1280, 720, false],
      ["wall", 1920, 1080, false],
      ["tablet across", 1024, 768, true],
      ["tablet upright", 768, 1024, true],
      ["phone", 390, 844, true],
    ];
    it.each(views)(
      "%s %i x %i: nothing sticks out, everything fits, the E-stop is in sight",
      async (_, width, height, touch) => {
        const { page, session } = await stage.open({}, { width, height, touch });
        for (let i = 0; i < 6; i++) session.takeStep();
        session.note("warn", "field skipped: nothing in it");
        for (const editing of [false, true]) {
          if (!editing) session.propose();
          else await page.getByRole("button", { name: /^edit/i }).click();
          await page.getByText(editing ? "Edit step 7" : "Proposal for step 7").waitFor();
          expect(await page.evaluate(sideways)).toBe(0);
          expect(await page.evaluate(cramped)).toEqual([]);
        }
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
        const box = await page.getByRole("button", { name: "E-stop" }).boundingBox();
        expect(box?.y ?? -1).toBeGreaterThanOrEqual(0);
        expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
        expect(box?.height ?? 0).toBeGreaterThanOrEqual(44);
      },
    );

    it("1280 x 720 shows a proposal with three trade-offs without scrolling", async () => {
      const { page, session } = await stage.open();
      for (let i = 0; i < 6; i++) session.takeStep();
      session.propose(3);
      await page.getByText("Proposal for step 7").waitFor();
      const hidden = await page.evaluate(
        `[...document.querySelectorAll("main, .panel:not(dialog)")].filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.className)`,
      );
      expect(hidden).toEqual([]);
    });

    it("every text has contrast, every control a name, every id is one", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      session.propose();
      session.note("error", "something");
      session.patch({ alert: "look at the focus" });
      await page.getByText("look at the focus").waitFor();
      const check = async (): Promise<void> => {
        expect(await page.evaluate(faint)).toEqual([]);
        expect(await page.evaluate(nameless)).toEqual([]);
        expect(await page.evaluate(doubleIds)).toEqual([]);
      };
      await check();
      await page.keyboard.press("?");
      await page.getByText("E-stop: all light off").waitFor();
      await check();
      await page.keyboard.press("?");
      await page.keyboard.press("e");
      await page.getByText("Edit step 2").waitFor();
      await check();
      await page.keyboard.press("Escape");
      await page.getByText("Safe — dark.").waitFor();
      await check();
      expect(await page.evaluate("document.documentElement.lang")).toBe("en");
      expect(await page.locator("h1").count()).toBe(1);
      expect(await page.locator("main").count()).toBe(1);
    });

    it("the first view is small and quick", async () => {
      const { page, session } = await stage.open();
      session.takeStep();
      await page.locator(".score", { hasText: /\d/ }).waitFor();
      const sizes = (await page.evaluate(
        `performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
          .filter((e) => !e.name.includes("/api/")).map((e) => [e.name, e.transferSize])`,
      )) as [string, number][];
      const total = sizes.reduce((sum, [, size]) => sum + size, 0);
      expect(total).toBeGreaterThan(10_000);
      expect(total).toBeLessThan(300_000);
    });

    it("the timeline redraws and looks back on a click", async () => {
      const { page, session } = await stage.open();
      for (let i = 0; i < 8; i++) session.takeStep();
      await until(page, async () => (await page.locator(".trade-offs .dot").count()) === 8);
      const over = page.locator(".timeline .u-over");
      const box = await over.boundingBox();
      await over.click({ position: { x: (box?.width ?? 0) * 0.3, y: 20 } });
      await page.locator("#timeline-title", { hasText: /step \d+: 0\.\d/ }).waitFor();
      expect(await textOf(page, ".frame-head h2")).toMatch(/^STED · step [2-5]$/);
    });
  });
}
