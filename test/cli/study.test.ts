import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { tinySet } from "../training/tiny-set.js";
import { ended, line, start, stedloop, tempFolder } from "./command-line.js";

const set = tinySet(40);
const random = RandomStream.of(1, "cli study");

interface Row {
  readonly measure: string;
  readonly system: string;
  readonly bin: [number, number];
  readonly mean: number | null;
  readonly frames: number;
}

describe("stedloop study", () => {
  it("simulate prints the report of the interface as one line, the same for the same seed", async () => {
    const args = ["study", "simulate", "--dataset", set, "--model", "actin", "--testers", "5", "--json"];
    const html = join(tempFolder(), "study.html");
    const first = await stedloop([...args, "--seed", "4", "--report", html]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out.trim().split("\n")).toHaveLength(1);
    const { rows, perTester, datasets } = JSON.parse(first.out);
    expect(rows).toHaveLength(20);
    for (const row of rows as Row[]) {
      expect(["confusion", "domination"]).toContain(row.measure);
      expect(row.mean === null || (row.mean >= 0 && row.mean <= 1)).toBe(true);
    }
    expect((rows as Row[]).map((r) => r.bin[0]).slice(0, 5)).toEqual([0, 20, 40, 60, 80]);
    const shown = (rows as Row[]).filter((r) => r.measure === "confusion" && r.system === "network");
    // 8 of 40 are the test split, and what a network says nothing of is left out
    const total = shown.reduce((sum, r) => sum + r.frames, 0);
    expect(total).toBe(datasets[0].frames);
    expect(total + datasets[0].withoutScore).toBe(8);
    expect(new Set(perTester.map((r: { tester: string }) => r.tester)).size).toBe(5);
    expect(readFileSync(html, "utf8")).toContain("<h1>User study</h1>");
    expect(existsSync(html.replace(".html", ".csv"))).toBe(true);
    const again = await stedloop([...args, "--seed", "4"]);
    expect(again.out).toBe(first.out);
  });

  it("new, serve, answer over HTTP, report", async () => {
    const data = tempFolder();
    const made = await stedloop([
      ...["study", "new", "--dataset", set, "--model", "actin", "--out", "s1", "--data", data, "--json"],
      ...["--frames", "3"],
    ]);
    expect(made).toMatchObject({ code: 0 });
    const { folder, questions } = JSON.parse(made.out);
    expect(folder).toBe(join(data, "studies", "s1"));
    const twice = await stedloop([
      ...["study", "new", "--dataset", set, "--model", "actin", "--out", folder, "--frames", "3"],
    ]);
    expect(twice).toMatchObject({ code: 2 });
    expect(twice.err).toMatch(/holds a study already/);

    const server = start(["study", "serve", "s1", "--data", data, "--json", "--invite", "anna"]);
    const ready = JSON.parse(await line(server, "stdout", /ready/));
    const token = ready.invitations[0].link.split("#")[1];
    const call = async (path: string, body?: object, bearer = token) => {
      const answer = await fetch(`${ready.address}/api/v1/study/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
      return { status: answer.status, body: (await answer.json()) as any };
    };
    // A link does its one thing and nothing else; a wrong one does nothing.
    expect(await call("task", undefined, "stolen")).toMatchObject({ status: 401 });
    expect((await fetch(`${ready.address}/api/v1/state`)).status).toBe(404);
    expect((await fetch(`${ready.address}/study.json`)).status).toBe(404);
    let task = (await call("task")).body;
    expect(task).toMatchObject({ tester: "anna", done: 0, total: questions });
    expect(JSON.stringify(task)).not.toMatch(/target|prediction|network|random/);
    while (task.question !== null) {
      const answer = ["left", "right", "equivalent", "discard"][random.int(4)];
      task = (await call("answer", { item: task.question.item, answer })).body;
    }
    server.kill("SIGTERM");
    expect(await ended(server)).toBe(0);

    const report = await stedloop(["study", "report", "s1", "--data", data, "--json"]);
    expect(report).toMatchObject({ code: 0 });
    const { perTester } = JSON.parse(report.out);
    const answered = perTester.reduce(
      (n: number, r: { kept: number; discard: number }) => n + r.kept + r.discard,
      0,
    );
    expect(answered).toBe(questions);
  });

  it.each([
    {
      args: ["simulate", "--dataset", "/nowhere", "--model", "actin"],
      says: /dataset\.json: cannot be read/,
    },
    { args: ["simulate", "--dataset", set, "--model", "aktin"], says: /did you mean 'actin'/ },
    { args: ["simulate", "--dataset", set], says: /required option '--model/ },
    { args: ["simulate", "--dataset", set, "--model", "actin", "--testers", "0"], says: /whole number/ },
    { args: ["report", "/nowhere/s"], says: /no study here/ },
    { args: ["serve", "nothing", "--data", tempFolder()], says: /no study here/ },
  ])("wrong use: $args", async ({ args, says }) => {
    const { code, err } = await stedloop(["study", ...args, "--json"]);
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
