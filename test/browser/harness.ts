import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium as launcher, type Page } from "playwright-core";
import { build } from "vite";
import type { ServerOptions } from "../../src/server/options.js";
import { FakeSession } from "../server/fake-session.js";
import { type Served, serve } from "../server/serve.js";

/** The page, built from the sources that are here, into a folder of this test's own. */
export async function buildPage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), "stedloop-web-"));
  const configFile = join(import.meta.dirname, "../../src/web/vite.config.ts");
  await build({ configFile, logLevel: "error", build: { outDir, emptyOutDir: true } });
  return outDir;
}

/** In one process the browser ends with its first context; and the web's rules shall hold as for everybody. */
const unwanted: ReadonlySet<string> = new Set([
  "--single-process",
  "--no-zygote",
  "--disable-web-security",
  "--allow-running-insecure-content",
]);

export async function launchBrowser(): Promise<Browser> {
  const args = chromium.args.filter((arg) => !unwanted.has(arg));
  return launcher.launch({ executablePath: await chromium.executablePath(), args, headless: true });
}

export interface Opened extends Served {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of, and what it asked of other hosts. */
  readonly complaints: string[];
  readonly foreign: string[];
}

/** Opens the page of a fresh server with a fake session; everything closes after the test. */
export class Stage {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private browser: Browser | null = null;
  webRoot = "";

  async start(): Promise<void> {
    this.webRoot = await buildPage();
    this.browser = await launchBrowser();
  }
  async end(): Promise<void> {
    await this.browser?.close();
  }
  later(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }
  async clear(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  /** A page of some other server, of which nothing is watched. */
  async plainPage(address: string): Promise<Page> {
    if (this.browser === null) throw new Error("not started");
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 720 } });
    await page.goto(address);
    return page;
  }

  async open(
    given: Partial<ServerOptions> & { session?: FakeSession } = {},
    view: { readonly width?: number; readonly height?: number; readonly touch?: boolean } = {},
  ): Promise<Opened> {
    if (this.browser === null) throw new Error("not started");
    const served = await serve({
      session: new FakeSession({ sizePx: 128 }),
      webRoot: this.webRoot,
      ...given,
    });
    const context = await this.browser.newContext({
      viewport: { width: view.width ?? 1280, height: view.height ?? 720 },
      hasTouch: view.touch ?? false,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const foreign: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.hostname !== "127.0.0.1") foreign.push(request.url());
    });
    this.later(() => served.close());
    this.later(() => context.close());
    // A frame is told once: the tests begin when the stream stands (or was refused for want of a token).
    const streaming = page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith("/events"));
    await page.goto(served.address.replace("0.0.0.0", "127.0.0.1"));
    await streaming;
    return { ...served, page, context, complaints, foreign };
  }
}

/** Waits until `true`, looking on every picture that the browser draws. */
export async function until(
  page: Page,
  what: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain`);
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
  }
}

/** The text as it stands on the page, hidden parts left out. */
export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`)) as string;
}
