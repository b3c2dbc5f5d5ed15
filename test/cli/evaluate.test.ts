import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tinySet } from "../training/tiny-set.js";
import { stedloop, tempFolder } from "./command-line.js";

const set = tinySet(8);

describe("stedloop evaluate", () => {
  it("prints the figures of the interface as one line and writes the report into a folder that it makes", async () => {
    const report = join(tempFolder(), "deep", "report.html");
    const args = ["evaluate", set, "--model", "actin", "--report", report, "--json"];
    const { code, out } = await stedloop(args);
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(1);
    const result = JSON.parse(out) as { n: number; rmse: number; perBin: object[] };
    for (const key of ["n", "rmse", "mae", "r2", "spearman", "perBin", "coverage90"]) {
      expect(result).toHaveProperty(key);
    }
    expect(result.perBin).toHaveLength(5);
    const html = readFileSync(report, "utf8");
    expect(html).toContain(`<td>labels</td><td>${result.n}</td><td>${(result.rmse * 100).toFixed(1)}</td>`);
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect(html.match(/<img /g)?.length).toBe(Math.min(8, result.n));
  });

  it("says in one line where the report cannot be written", async () => {
    const file = join(set, "labels.csv", "report.html");
    const { code, err } = await stedloop(["evaluate", set, "--model", "actin", "--report", file]);
    expect(code).toBe(1);
    expect(err).toMatch(/the folder cannot be made/);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
