import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompositeBench, type DeviceUnderTest } from "./bench.js";
import {
  deviceCases,
  deviceRows,
  faultCases,
  type Happened,
  keepRows,
  leaseMs,
  promisedShare,
  type Row,
  readTable,
  rows,
  wanted,
  whileScanning,
} from "./fault-cases.js";

/** What happens to the light of each device of a set when something fails: every row of the published table, measured. */
export function faultSuite(devices: readonly DeviceUnderTest[], test: string): void {
  const bench = new CompositeBench({ devices });
  const check = (failure: string, measured: readonly Row[]): void => {
    keepRows(measured);
    console.log(`${failure}: ${measured.map((r) => `${r.device} ${r.darkMs ?? "stays"}`).join(", ")} ms`);
    for (const row of measured) {
      if (row.darkMs !== null) expect(row.darkMs, JSON.stringify(row)).toBeLessThan(promisedShare * leaseMs);
      // Where the published table has this row, it says the same of who acts and whether light stays; that it has every
      // row is the quick test's (test/composite/table.test.ts).
      const published = readTable().find((r) => r.device === row.device && r.failure === row.failure);
      if (published === undefined) continue;
      expect(published, JSON.stringify(row)).toMatchObject({ by: row.by, role: row.role });
      expect(published?.darkMs === null).toBe(row.darkMs === null);
    }
  };
  describe.skipIf(process.platform === "win32")(
    `what happens to the light of ${devices.map((d) => d.kind).join(", ")} when`,
    { timeout: 900_000 },
    () => {
      beforeAll(() => bench.start(), 120_000);
      afterAll(() => bench.stop());
      for (const fault of faultCases) {
        it.skipIf(!wanted(devices, fault.failure))(fault.failure, async () => {
          const what = await whileScanning(bench, (page) => fault.run(bench, page));
          check(fault.failure, rows(bench, fault, what, test));
        });
      }
      for (const fault of deviceCases) {
        it.skipIf(!wanted(devices, fault.failure, fault.others))(fault.failure, async () => {
          const all = new Map<string, Happened>();
          await whileScanning(bench, async (page) => {
            for (const { name } of devices) all.set(name, await fault.run(bench, page, name));
          });
          check(fault.failure, deviceRows(bench, fault, all, test));
        });
      }
    },
  );
}
