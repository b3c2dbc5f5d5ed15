import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { killOneRun } from "../../endure/kill-run.js";
import { darkVerdict } from "../../endure/rig-watch.js";
import { gaps } from "../../endure/soak.js";
import { newTally } from "../../endure/tally.js";

/** Two deaths; the thousand are `npm run endure kill -- --count 1000`. */
it("a daemon killed at random moments loses nothing and leaves no light", { timeout: 240_000 }, async () => {
  const tally = newTally();
  // A starved machine lets a lease lapse, which ends a life before its moment: then the next is tried.
  const claim = (): boolean => tally.deaths < 2 && tally.lives < 6;
  await killOneRun(17, claim, mkdtempSync(join(tmpdir(), "stedloop-kill-test-")), tally);
  expect(tally.failures).toEqual([]);
  expect(tally.lives).toBeGreaterThan(0);
  expect(tally.held).toBe(tally.lives);
  expect(tally.deaths, tally.early.join()).toBeGreaterThan(0);
});

it("a missing sequence number is counted", () => {
  expect(gaps([])).toBe(0);
  expect(gaps([4, 5, 6])).toBe(0);
  expect(gaps([4, 5, 5, 8, 9])).toBe(2);
});

describe("a watch of the light", () => {
  it.each([
    ["dark in time", { litMs: 2900, darkMs: 3100, lagMs: 900 }, "dark"],
    ["never lit", { litMs: null, darkMs: 4, lagMs: 0 }, "dark"],
    ["still lit past the limit", { litMs: 4000, darkMs: 4100, lagMs: 20 }, "lit"],
    ["lit to the end", { litMs: 4990, darkMs: null, lagMs: 20 }, "lit"],
    ["the answer came late", { litMs: 3000, darkMs: 4200, lagMs: 20 }, "doubtful"],
    ["the machine stood still", { litMs: 4000, darkMs: 4100, lagMs: 900 }, "doubtful"],
  ] as const)("%s", (_, watch, verdict) => {
    expect(darkVerdict(watch, 3500)).toBe(verdict);
  });
});

describe("the command line of the trials", () => {
  const main = join(import.meta.dirname, "..", "..", "dist", "endure", "main.js");
  const endure = (...args: string[]): { code: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
    return { code: status, out: stdout, err: stderr };
  };

  it.each([["--help"], ["-h"], ["kill", "--help"]])("explains itself: %s %s", (...args) => {
    const { code, out, err } = endure(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const word of ["kill", "soak", "fuzz", '"full disk"', "rig-replies", "--count N", "--jobs N"])
      expect(out).toContain(word);
  });

  it.each([
    [["kill", "any moment", "--count", "4"], "no part of 'kill' 'any moment'"],
    [["kill", "full dsk"], "did you mean 'full disk'?"],
    [["fuzz", "nothing"], "no part of 'fuzz' 'nothing'"],
    [["soak", "long"], "it takes no words"],
    [["kil"], "did you mean 'kill'?"],
    [[], "which target? kill | soak | fuzz"],
    [["kill", "--count", "0"], "--count is a whole number from 1, not '0'"],
    [["kill", "--count", "1e3"], "--count is a whole number from 1, not '1e3'"],
    [["kill", "--jobs", "-1"], "jobs"],
    [["kill", "--speed", "3"], "Unknown option '--speed'"],
  ])("refuses %j", (args, text) => {
    const { code, out, err } = endure(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
