import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { openJournalReader, type RunRecord } from "../../src/journal/index.js";
import { ended, eventually, line, start, stedloop, tempFolder } from "./command-line.js";

interface Summary {
  readonly run: string;
  readonly iterations: number;
  readonly frames: number;
  readonly best: { readonly step: number; readonly objectives: Readonly<Record<string, number>> } | null;
  readonly hypervolume: number;
}
const summaryOf = (out: string): Summary => JSON.parse(out) as Summary;
const headless = (data: string, ...more: string[]): string[] => [
  "run",
  "--headless",
  "--json",
  "--data",
  data,
  ...more,
];

/** Looks into the journal beside the daemon, as `stedloop runs` does, without a process a look. */
async function latest(data: string): Promise<RunRecord | null> {
  const reader = await openJournalReader(data);
  try {
    return (await reader.runs()).at(-1) ?? null;
  } finally {
    await reader.close();
  }
}
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Processes whose command line names a rig that this daemon started. */
function rigsOf(daemon: number): number[] {
  const out = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  return out
    .split("\n")
    .map((l) => l.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === daemon && args.includes("rig"))
    .map(([pid]) => Number(pid));
}

describe("the main job", { timeout: 240_000 }, () => {
  it("closes the loop headless, the same twice, and exports what it did", async () => {
    const folders = [tempFolder(), tempFolder()];
    const runs = await Promise.all(
      folders.map((d) => stedloop(headless(d, "--iterations", "10", "--seed", "7"))),
    );
    expect(runs.map((r) => [r.code, r.err.trim().split("\n").at(-1)])).toEqual([
      [0, expect.any(String)],
      [0, expect.any(String)],
    ]);
    const [a, b] = runs.map((r) => summaryOf(r.out)) as [Summary, Summary];
    expect(a.iterations).toBe(10);
    expect(a.frames).toBeGreaterThanOrEqual(30);
    expect(a.best).toEqual(b.best);
    expect(a.hypervolume).toBe(b.hypervolume);
    expect(Object.values(a.best?.objectives ?? { none: Number.NaN }).every(Number.isFinite)).toBe(true);
    const to = join(folders[0] as string, "out");
    await stedloop(["export", a.run, "--to", to, "--format", "csv", "--data", folders[0] as string]);
    const rows = readFileSync(join(to, "steps.csv"), "utf8").trim().split("\n");
    expect(rows).toHaveLength(11);
    const column = (rows[0] as string).split(",").indexOf("depletionPowerMw");
    expect(new Set(rows.slice(1).map((r) => r.split(",")[column])).size).toBeGreaterThanOrEqual(8);
    const again = summaryOf(
      (await stedloop(headless(folders[0] as string, "--iterations", "10", "--resume", "latest"))).out,
    );
    expect(again).toEqual(a);
    const other = await stedloop(
      headless(folders[0] as string, "--iterations", "12", "--resume", "latest", "--seed", "8"),
    );
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/seed 7/)]);
  });

  it("kill -9 at any moment loses no step: resume goes on, and replay is identical", async () => {
    const pick = RandomStream.of(1, "kill");
    for (let round = 0; round < 2; round++) {
      const data = tempFolder();
      const config = join(data, "c.yaml");
      writeFileSync(config, "rig: {kind: simulated, timeScale: 0.05}\n");
      const args = headless(data, "--config", config, "--iterations", "9", "--seed", "5");
      const daemon = start(args);
      await eventually(async () => (((await latest(data))?.iterations ?? 0) >= 2 ? true : null), 100, 90_000);
      await new Promise((resolve) => setTimeout(resolve, pick.int(700)));
      const rigs = rigsOf(daemon.pid as number);
      daemon.kill("SIGKILL");
      await ended(daemon);
      const before = await latest(data);
      expect(before?.state).toBe("crashed");
      // The rig notices that its daemon is gone: the pipe to it closed.
      await eventually(async () => (rigs.some(alive) ? null : true), 50, 5000);
      const first = join(data, "x1");
      await stedloop(["export", "latest", "--to", first, "--format", "csv", "--data", data]);
      const resumed = await stedloop([...args, "--resume", "latest"]);
      const summary = summaryOf(resumed.out);
      expect([resumed.code, summary.run, summary.iterations]).toEqual([0, before?.run, 9]);
      const second = join(data, "x2");
      await stedloop(["export", "latest", "--to", second, "--format", "csv", "--data", data]);
      const old = readFileSync(join(first, "steps.csv"), "utf8");
      expect(readFileSync(join(second, "steps.csv"), "utf8").startsWith(old)).toBe(true);
      const replay = await stedloop(["replay", "latest", "--data", data, "--json"]);
      expect(JSON.parse(replay.out)).toMatchObject({
        steps: 9,
        identical: true,
        withinTolerance: true,
        firstDifference: null,
      });
    }
  });

  it("one daemon a data folder", async () => {
    const data = tempFolder();
    const daemon = start(["run", "--port", "0", "--data", data]);
    await line(daemon, "stdout", /page at/);
    const second = await stedloop(headless(data, "--iterations", "1"));
    expect([second.code, second.err]).toEqual([2, expect.stringContaining(data)]);
    daemon.kill("SIGTERM");
    await ended(daemon);
  });

  it("ends at once when its rig died, and says that dark is not confirmed", async () => {
    const data = tempFolder();
    const daemon = start(["run", "--port", "0", "--data", data, "--seed", "3"]);
    let said = "";
    daemon.stderr?.on("data", (text) => {
      said += String(text);
    });
    const address = /http:\S+/.exec(await line(daemon, "stdout", /page at/))?.[0] as string;
    await eventually(async () => {
      const state = (await (await fetch(`${address}/api/v1/state`)).json()) as { rig: { state: string } };
      return state.rig.state === "acquiring" ? true : null;
    });
    for (const rig of rigsOf(daemon.pid as number)) process.kill(rig, "SIGKILL");
    const began = performance.now();
    daemon.kill("SIGTERM");
    expect(await ended(daemon)).toBe(0);
    expect(performance.now() - began).toBeLessThan(6000);
    expect(said).toMatch(/the rig is lost: .*not confirmed/);
    expect((await latest(data))?.state).toBe("aborted");
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal} ends it within two seconds, the rig too, the run kept`, async () => {
      const data = tempFolder();
      const daemon = start(["run", "--port", "0", "--data", data, "--seed", "3"]);
      const said = await line(daemon, "stdout", /page at/);
      const address = /http:\S+/.exec(said)?.[0] as string;
      await eventually(async () => {
        const state = (await (await fetch(`${address}/api/v1/state`)).json()) as { rig: { state: string } };
        return state.rig.state === "acquiring" ? true : null;
      });
      const rigs = rigsOf(daemon.pid as number);
      expect(rigs).toHaveLength(1);
      const began = performance.now();
      // As a terminal does it: the whole group gets the signal.
      process.kill(-(daemon.pid as number), signal);
      const code = await ended(daemon);
      const tookMs = performance.now() - began;
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(4000);
      await eventually(async () => (rigs.some(alive) ? null : true), 50, 3000);
      expect((await latest(data))?.state).toBe("aborted");
    });
  }
});
