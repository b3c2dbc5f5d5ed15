import { describe, expect, it } from "vitest";
import { deviceModels } from "../../drivers/serial/sim/index.js";
import { deviceCases, faultCases, leaseMs, readTable } from "./fault-cases.js";
import { bareSet, shutterSet, usualSet } from "./sets.js";

const devices = [...usualSet, ...shutterSet, ...bareSet].map((d) => d.kind);
const failures = [
  ...faultCases.map((f) => f.failure),
  ...deviceCases.flatMap((f) => (f.others === null ? [f.failure] : [f.failure, f.others])),
];

describe("the published table of what happens to the light", () => {
  it("has a row for every device and every failure", () => {
    expect([...devices].sort()).toEqual(Object.keys(deviceModels).sort());
    const rows = new Set(readTable().map((r) => `${r.device}: ${r.failure}`));
    const missing = devices.flatMap((d) => failures.map((f) => `${d}: ${f}`)).filter((row) => !rows.has(row));
    expect(missing).toEqual([]);
    expect(rows.size).toBe(devices.length * failures.length);
  });

  it("promises nothing beyond the lease, and says of light that stays that it is shown and when it ends", () => {
    for (const row of readTable()) {
      if (row.darkMs !== null) expect(row.darkMs, JSON.stringify(row)).toBeLessThan(leaseMs);
      else expect(row.then, JSON.stringify(row)).toMatch(/shown as on .* dark within \d+ ms/);
    }
  });
});
