import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../src/core/index.js";
import { newToken } from "../../../src/server/index.js";
import type { ServerOptions } from "../../../src/server/options.js";
import { assemble, createStudy, Study } from "../../../src/study/index.js";
import { fakeWorkshop } from "../../server/fake-workshop.js";
import { pixelNetwork, writeSet } from "../../study/sets.js";
import { seriousFindings, tooWide } from "../axe.js";
import { type Opened, type Stage, textOf, until } from "../harness.js";

/** A study of six questions in a daemon's data folder, with a link for anna. */
async function openStudy(
  stage: Stage,
  days = 7,
  clock: Clock = systemClock,
  more: Omit<Partial<ServerOptions>, "session"> = {},
): Promise<Opened & { link: string; folder: string }> {
  const ids = ["a", "b", "c"];
  const set = writeSet({ name: "set" }, `id,rating\n${ids.map((id) => `${id},0.4`).join("\n")}\n`, ids);
  const workshop = fakeWorkshop();
  const folder = join(workshop.data, "studies", "s1");
  const assembled = await assemble({ datasets: [set], networks: [pixelNetwork()], frames: 3, seed: 1 });
  createStudy(folder, assembled, { seed: 1, createdAt: "2026-01-05T10:00:00Z" });
  const [invitation] = Study.open(folder, systemClock).invitations.add(["anna"], days);
  const opened = await stage.open({ workshop, clock, ...more });
  return { ...opened, folder, link: `${opened.address}/study.html#${invitation?.token}` };
}

export function testerSuite(stage: Stage): void {
  describe("a tester of a study", () => {
    it("answers by keyboard, takes back, reloads, and reaches the end; two windows do not clash", async () => {
      const { page, context, link, folder, complaints, foreign } = await openStudy(stage);
      await page.goto(link);
      await page.getByText("anna · image 1 of 6").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      // Who judges a frame must see all of it.
      for (const size of [
        { width: 1280, height: 720 },
        { width: 390, height: 844 },
      ]) {
        await page.setViewportSize(size);
        const box = await page.getByRole("img", { name: "Microscope frame to judge" }).boundingBox();
        expect(box?.height ?? 0).toBeGreaterThan(150);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(size.width);
      }
      await page.setViewportSize({ width: 1280, height: 720 });
      const lines = (): { choice: string | null; left: string }[] =>
        readFileSync(join(folder, "votes.jsonl"), "utf8")
          .trim()
          .split("\n")
          .map((l) => JSON.parse(l));
      await page.keyboard.press("ArrowLeft");
      await page.getByText("image 2 of 6").waitFor();
      expect(lines()[0]?.choice).toBe(lines()[0]?.left);
      await page.keyboard.press("u");
      await page.getByText("image 1 of 6").waitFor();
      await page.keyboard.press("ArrowDown");
      await page.getByText("image 2 of 6").waitFor();
      const second = await context.newPage();
      await second.goto(link);
      await second.getByText("image 2 of 6").waitFor();
      await page.keyboard.press("x");
      await page.getByText("image 3 of 6").waitFor();
      await second.keyboard.press("ArrowRight");
      await second.getByText("answered in another window").waitFor();
      await second.getByText("image 3 of 6").waitFor();
      await page.reload();
      await page.getByText("image 3 of 6").waitFor();
      for (let n = 4; n <= 6; n++) {
        await page.keyboard.press("2");
        await page.getByText(`image ${n} of 6`).waitFor();
      }
      await page.keyboard.press("3");
      await page.getByText("Thank you, anna.").waitFor();
      expect(lines().filter((l) => l.choice !== null)).toHaveLength(7);
      expect(foreign).toEqual([]);
      // The browser itself names the refused answer of the second window; the page had nothing to say.
      expect(complaints).toEqual([]);
    });

    it("sees nothing that gives away whose score is whose", async () => {
      const { page, link } = await openStudy(stage);
      const answers: string[] = [];
      page.on("response", async (answer) => {
        if (answer.url().includes("/study/task")) answers.push(await answer.text());
      });
      await page.goto(link);
      await page.getByText("image 1 of 6").waitFor();
      await until(page, () => answers.length > 0);
      const shown = `${answers.join()} ${await page.content()}`;
      expect(shown).not.toMatch(/target|prediction|network|random|pixel\b|model/i);
    });

    it("with a stolen, ended or expired link sees only why; the link opens nothing else", async () => {
      const { page, link, folder, address, get } = await openStudy(stage, 0.0000001);
      await page.goto(`${address}/study.html#guessed`);
      await page.getByText("this link is not valid").waitFor();
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByText("this link has expired; your answers are kept").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      const token = link.split("#")[1] ?? "";
      const [fresh] = Study.open(folder, systemClock).invitations.add(["bert"], 1);
      expect(fresh).toBeDefined();
      const answer = await get("/api/v1/study/task", { authorization: `Bearer ${token}` });
      expect(answer.status).toBe(401);
    });

    it("whose link is ended or runs out in the middle is told, keeps the answers, and goes on with a new one", async () => {
      let now = Date.parse("2026-01-05T10:00:00Z");
      const clock = { ...systemClock, now: () => now };
      const { page, folder, address, post } = await openStudy(stage, 7, clock);
      const linkOf = async (tester: string): Promise<string> => {
        const answer = await post("/api/v1/studies/s1/invite", { testers: [tester], days: 1 });
        const { invitations } = (await answer.json()) as { invitations: { path: string }[] };
        return `${address}${invitations[0]?.path}`;
      };
      const choices = (): unknown[] => readFileSync(join(folder, "votes.jsonl"), "utf8").trim().split("\n");
      await page.goto(await linkOf("bert"));
      await page.getByText("bert · image 1 of 6").waitFor();
      await page.keyboard.press("1");
      await page.getByText("image 2 of 6").waitFor();
      expect((await post("/api/v1/studies/s1/revoke", { tester: "bert" })).status).toBe(200);
      await page.keyboard.press("1");
      await page.getByText("this link is not valid: ask whoever invited you for a new one").waitFor();
      expect(await page.getByRole("img").count()).toBe(0);
      expect(choices()).toHaveLength(1);
      await page.goto("about:blank");
      await page.goto(await linkOf("bert"));
      await page.getByText("bert · image 2 of 6").waitFor();
      now += 25 * 3_600_000;
      await page.keyboard.press("2");
      await page.getByText("this link has expired; your answers are kept").waitFor();
      expect(choices()).toHaveLength(1);
    });

    it("whose line breaks between answer and next frame is told so, and no answer is lost or given twice", async () => {
      const { page, link, folder } = await openStudy(stage);
      await page.goto(link);
      await page.getByText("image 1 of 6").waitFor();
      await page.route("**/study/picture/*", (route) => route.abort());
      await page.keyboard.press("1");
      await page.getByText("No connection. Your answers so far are kept; try again.").waitFor();
      await page.unroute("**/study/picture/*");
      await page.keyboard.press("2");
      await page.getByText("Your answer had arrived and stands; U takes it back.").waitFor();
      await page.getByText("image 2 of 6").waitFor();
      const votes = readFileSync(join(folder, "votes.jsonl"), "utf8").trim().split("\n");
      expect(votes).toHaveLength(1);
      const vote = JSON.parse(votes[0] ?? "") as { choice: string; left: string };
      expect(vote.choice).toBe(vote.left);
      await page.keyboard.press("u");
      await page.getByText("image 1 of 6").waitFor();
      await page.keyboard.press("2");
      await page.getByText("image 2 of 6").waitFor();
    });

    it("sends nothing but the answer, and each question comes the same way: pictures of one size, opaque ids", async () => {
      const { page, link } = await openStudy(stage);
      // The other page's own requests are over.
      await page.goto("about:blank");
      const asked: { path: string; body: string | null }[] = [];
      const pictures: { headers: string }[] = [];
      page.on("request", (request) => {
        const { pathname, search } = new URL(request.url());
        if (pathname.startsWith("/api/")) asked.push({ path: pathname + search, body: request.postData() });
      });
      page.on("response", (answer) => {
        if (answer.url().includes("/study/picture/"))
          pictures.push({ headers: Object.keys(answer.headers()).sort().join() });
      });
      await page.goto(link);
      for (let n = 1; n <= 6; n++) {
        await page.getByText(`image ${n} of 6`).waitFor();
        await page.keyboard.press("3");
      }
      await page.getByText("Thank you, anna.").waitFor();
      expect(pictures).toHaveLength(6);
      expect(new Set(pictures.map((p) => p.headers)).size).toBe(1);
      const ids = new Set<string>();
      for (const { path, body } of asked) {
        expect(path).toMatch(/^\/api\/v1\/study\/(task|answer|picture\/[0-9a-f]{16})$/);
        if (body === null) continue;
        expect(body).toMatch(/^\{"item":"[0-9a-f]{16}","answer":"equivalent"\}$/);
        ids.add(body);
      }
      expect(ids.size).toBe(6);
    });

    it("has a link that opens nothing else, though the daemon stands open to a network", async () => {
      const { record } = newToken("ann", "operator");
      const { folder, get, post } = await openStudy(stage, 7, systemClock, {
        host: "0.0.0.0",
        tokens: [record],
      });
      const [invitation] = Study.open(folder, systemClock).invitations.add(["bert"], 1);
      const authorization = `Bearer ${invitation?.token}`;
      for (const path of [
        "state",
        "runs",
        "studies",
        "studies/s1",
        "studies/s1/report",
        "ratings",
        "audit",
      ]) {
        expect([path, (await get(`/api/v1/${path}`, { authorization })).status]).toEqual([path, 401]);
      }
      for (const path of ["mode", "pause", "resume", "studies/s1/invite", "studies/s1/revoke"]) {
        expect([path, (await post(`/api/v1/${path}`, {}, { authorization })).status]).toEqual([path, 401]);
      }
      // Without a token, or with an operator's, nobody is a tester either.
      expect((await get("/api/v1/study/task")).status).toBe(401);
      expect((await get("/api/v1/study/task", { authorization: "Bearer guessed" })).status).toBe(401);
    });

    it("fits a phone", async () => {
      const { page, link } = await openStudy(stage);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(link);
      await page.getByText("image 1 of 6").waitFor();
      expect(await tooWide(page)).toBeLessThanOrEqual(0);
      await page.getByRole("button", { name: "Both fit alike" }).click();
      await page.getByText("image 2 of 6").waitFor();
      const small = await page.evaluate(
        `[...document.querySelectorAll("button")].filter((b) => b.getBoundingClientRect().height < 30).map((b) => b.innerText)`,
      );
      expect(small).toEqual([]);
    });
  });

  describe("studies for researchers", () => {
    it("have a report in one file that fits a phone and has no serious finding of axe-core", async () => {
      const { page, context, link, get } = await openStudy(stage);
      await page.goto(link);
      for (const [n, key] of ["1", "3", "2", "4"].entries()) {
        await page.getByText(`image ${n + 1} of 6`).waitFor();
        await page.keyboard.press(key);
      }
      await page.getByText("image 5 of 6").waitFor();
      const html = await (await get("/api/v1/studies/s1/report")).text();
      const report = await context.newPage();
      await report.setContent(html);
      await report.getByRole("heading", { name: "Tester by tester, %" }).waitFor();
      for (const size of [
        { width: 1280, height: 720 },
        { width: 390, height: 844 },
      ]) {
        await report.setViewportSize(size);
        expect(await seriousFindings(report)).toEqual([]);
        expect(await tooWide(report)).toBeLessThanOrEqual(0);
      }
      expect(await textOf(report, "main")).toMatch(/1 tester; network pixel 1; seed 1\./);
    });

    it("show testers, new links once, and the result beside the paper's", async () => {
      const opened = await openStudy(stage);
      const { page, complaints } = opened;
      await page.getByRole("link", { name: "Study", exact: true }).click();
      await page.getByRole("button", { name: "s1" }).click();
      await page.getByText("0 of 6").waitFor();
      await page.getByLabel("Names, by commas").fill("bert, carla");
      await page.getByRole("button", { name: "Invite" }).click();
      await page.getByText("shown only now").waitFor();
      expect(await textOf(page, ".links")).toMatch(/bert: http.*study\.html#[\w-]{32}/);
      await page.getByText("Confusion, %: set").waitFor();
      await page.getByRole("button", { name: "End links of anna" }).click();
      await page.getByRole("button", { name: "s1" }).click();
      await until(page, async () => (await textOf(page, "main")).includes("carla"));
      expect(await seriousFindings(page)).toEqual([]);
      expect(await tooWide(page)).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });
  });
}
