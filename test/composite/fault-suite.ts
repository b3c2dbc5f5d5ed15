import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompositeBench } from "./bench.js";
import { faultCases, happens, keepRows, leaseMs, promisedShare, readTable, rows } from "./fault-cases.js";
import { usualSet } from "./sets.js";

const here = "test/composite/faults.long.test.ts";
/** What happens to the light of each device when something fails: every row of the published table, measured. */
export function faultSuite(): void {
  const bench = new CompositeBench({ devices: usualSet });
  describe.skipIf(process.platform === "win32")(
    "what happens to the light when",
    { timeout: 180_000 },
    () => {
      beforeAll(() => bench.start(), 120_000);
      afterAll(() => bench.stop());
      for (const fault of faultCases) {
        it(fault.failure, async () => {
          const what = await happens(bench, fault);
          const measured = rows(bench, fault, what, here);
          keepRows(measured);
          console.log(
            `${fault.failure}: ${measured.map((r) => `${r.device} ${r.darkMs ?? "stays"}`).join(", ")} ms`,
          );
          for (const row of measured) {
            if (row.darkMs !== null)
              expect(row.darkMs, JSON.stringify(row)).toBeLessThan(promisedShare * leaseMs);
            // The published table has this row, and says the same of who acts and whether light stays.
            const published = readTable().find((r) => r.device === row.device && r.failure === row.failure);
            expect(published).toMatchObject({ by: row.by, role: row.role });
            expect(published?.darkMs === null).toBe(row.darkMs === null);
          }
        });
      }
    },
  );
}
