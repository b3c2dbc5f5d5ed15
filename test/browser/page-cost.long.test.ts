/**
 * What the page costs, printed: bytes and time of the first view, and its memory while thirty frames a second come.
 * `npm run bench:page`; STEDLOOP_PAGE_MINUTES says for how long the memory is watched (default 10, an hour: 60).
 */
import type { CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/index.js";
import { fakeFrame } from "../server/fake-frames.js";
import { FakeSession } from "../server/fake-session.js";
import { Stage } from "./harness.js";

const minutes = Number(process.env.STEDLOOP_PAGE_MINUTES ?? 10);
const stage = new Stage();
beforeAll(() => stage.start(), 300_000);
afterEach(() => stage.clear());
afterAll(() => stage.end());

const say = (name: string, value: number, unit: string): void =>
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit }));

/** Least squares of y over x. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: (p: readonly [number, number]) => number): number =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const top = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return top / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

async function memoryOf(devtools: CDPSession): Promise<{ heapMb: number; nodes: number; listeners: number }> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const of = (name: string): number => metrics.find((m) => m.name === name)?.value ?? Number.NaN;
  return {
    heapMb: of("JSHeapUsedSize") / 2 ** 20,
    nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
  };
}

/** Milliseconds from the start of the navigation until the score stands there. */
async function firstView(page: Page): Promise<{ ms: number; bytes: number }> {
  await page.locator(".score", { hasText: /\d/ }).waitFor();
  return (await page.evaluate(`({
    ms: window.scoreAt,
    bytes: performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
      .filter((e) => !e.name.includes("/api/")).reduce((sum, e) => sum + e.transferSize, 0) })`)) as {
    ms: number;
    bytes: number;
  };
}

describe("the page's cost", { timeout: (minutes + 10) * 60_000 }, () => {
  it("first view: bytes on the line and time until the score stands there, the best of five", async () => {
    const views: { ms: number; bytes: number }[] = [];
    for (let i = 0; i < 5; i++) {
      const session = new FakeSession({ sizePx: 224 });
      for (let n = 0; n < 40; n++) session.takeStep();
      const { context, address } = await stage.open({ session });
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Network.enable");
      await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
      await page.addInitScript(`new MutationObserver((_, watcher) => {
        if (!/\\d/.test(document.querySelector(".score")?.textContent ?? "")) return;
        window.scoreAt = performance.now(); watcher.disconnect();
      }).observe(document, { childList: true, subtree: true, characterData: true })`);
      await page.goto(address);
      views.push(await firstView(page));
      await stage.clear();
    }
    const best = Math.min(...views.map((v) => v.ms));
    const bytes = Math.max(...views.map((v) => v.bytes));
    say("first view, compressed", bytes / 1000, "kB");
    say("first view, score on the page, best of 5", best, "ms");
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(300_000);
    expect(best).toBeLessThan(1000);
  });

  it(`memory over ${minutes} min at thirty frames a second`, async () => {
    const session = new FakeSession({ mode: "observe", sizePx: 64 });
    const { page, context } = await stage.open({ session });
    const devtools = await context.newCDPSession(page);
    await devtools.send("Performance.enable");
    const ready = [0, 1, 2, 3].map((i) =>
      fakeFrame(`ready${i}`, i, "sted", session.randomSettings(), `r${i}`, { sizePx: 224 }),
    );
    let frames = 0;
    const timer = setInterval(() => session.retell(ready[frames++ % 4] as Frame, 0.4), 1000 / 30);
    stage.later(async () => clearInterval(timer));
    const began = performance.now();
    const samples: { minute: number; heapMb: number; nodes: number; listeners: number }[] = [];
    while (performance.now() - began < minutes * 60_000) {
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      samples.push({ minute: (performance.now() - began) / 60_000, ...(await memoryOf(devtools)) });
    }
    // What is kept fills up at first (a thousand frames, twelve pictures); growth is looked for after that.
    const later = samples.filter((s) => s.minute > Math.min(2, minutes / 3));
    const perHour = 60 * slopeOf(later.map((s) => [s.minute, s.heapMb] as const));
    const rate = frames / ((performance.now() - began) / 1000);
    say("frames a second", rate, "1/s");
    say("heap at the end", later.at(-1)?.heapMb ?? Number.NaN, "MB");
    say("heap, most", Math.max(...samples.map((s) => s.heapMb)), "MB");
    say("heap, growth", perHour, "MB/h");
    say("document nodes at the end", later.at(-1)?.nodes ?? Number.NaN, "1");
    say("event listeners at the end", later.at(-1)?.listeners ?? Number.NaN, "1");
    expect(perHour).toBeLessThan(20);
    expect(Math.max(...later.map((s) => s.nodes))).toBeLessThan(20_000);
  });
});
