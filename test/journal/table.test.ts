import { expect, it } from "vitest";
import { inert, parseCsv } from "../../src/core/index.js";
import { stepsTable } from "../../src/journal/export/table.js";
import type { RunRecord, StepRecord } from "../../src/journal/index.js";

it("names from a rig are text to a spreadsheet, never a formula; numbers keep their sign", () => {
  const run = { parameters: [{ name: "=HYPERLINK(x)" }], objectives: [] } as unknown as RunRecord;
  const settings = { "=HYPERLINK(x)": -3 };
  const step = {
    state: "done",
    intent: { step: 1, at: "2026-01-01T00:00:00Z", region: { id: "@SUM(1+1)*cmd|' /C calc'!A0" }, settings },
    result: {
      objectives: { q: { value: -0.5 } },
      score: { score: null, lower: null, upper: null, reason: "+1" },
    },
  } as unknown as StepRecord;
  const { columns, rows } = parseCsv(stepsTable(run, [step]), "steps.csv");
  expect(columns[3]).toBe("'=HYPERLINK(x)");
  const cells = rows[0]?.cells as Record<string, string>;
  expect(cells.region).toBe("'@SUM(1+1)*cmd|' /C calc'!A0");
  expect([cells["'=HYPERLINK(x)"], cells.q, cells.reason]).toEqual(["-3", "-0.5", "+1"]);
  expect(["-a", "\tx", "-1e3", "plain"].map(inert)).toEqual(["'-a", "'\tx", "-1e3", "plain"]);
});
