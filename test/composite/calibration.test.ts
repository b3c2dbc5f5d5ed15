import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCalibration } from "../../drivers/composite/index.js";

const good = "# 2026-11-02, 775, PM100D\nset,mWAtSample\n0,0\n100,20\n1000,250\n";
const table = parseCalibration(good, "t.csv");

describe("a calibration", () => {
  it("interpolates linearly between what was measured, both ways", () => {
    expect(table.setFor(10)).toBe(50);
    expect(table.setFor(135)).toBeCloseTo(550);
    expect(table.powerAt(550)).toBeCloseTo(135);
    expect([table.range, table.setRange]).toEqual([
      { min: 0, max: 250 },
      { min: 0, max: 1000 },
    ]);
  });

  it("is monotone, and its two directions are each other's inverse", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 250, noNaN: true }),
        fc.double({ min: 0, max: 250, noNaN: true }),
        (a, b) => {
          expect(table.powerAt(table.setFor(a))).toBeCloseTo(a, 6);
          if (a < b) expect(table.setFor(a)).toBeLessThanOrEqual(table.setFor(b));
        },
      ),
    );
  });

  it("extrapolates nothing", () => {
    expect(() => table.setFor(250.1)).toThrow(/outside the table's 0 … 250/);
    expect(() => table.setFor(-1)).toThrow(/outside/);
    expect(() => table.setFor(Number.NaN)).toThrow(/outside/);
    expect(table.powerAt(1000.5)).toBeNull();
  });

  it("knows its date, wavelength and meter, with or without names, and its age", () => {
    expect(table.facts).toEqual({ date: "2026-11-02", wavelengthNm: 775, meter: "PM100D" });
    const named = parseCalibration(
      `# date: 2026-11-02, wavelengthNm: 775, meter: PM100D\n${good.split("\n").slice(1).join("\n")}`,
      "t",
    );
    expect(named.facts).toEqual(table.facts);
    const header = parseCalibration(`# date, wavelengthNm, meter\n${good}`, "t");
    expect(header.facts).toEqual(table.facts);
    expect(table.ageDays(Date.parse("2026-11-12"))).toBe(10);
    expect(parseCalibration("set,mWAtSample\n0,0\n1,1", "t").ageDays(0)).toBeNull();
  });

  const refused: readonly { name: string; text: string; says: RegExp }[] = [
    { name: "power that does not climb", text: `${good}1100,250\n`, says: /line 6: not monotone/ },
    {
      name: "power that falls",
      text: "set,mWAtSample\n0,0\n10,5\n20,4\n",
      says: /line 4: not monotone: 4 mW at 20, after 5 mW at 10/,
    },
    {
      name: "set-points out of order",
      text: "set,mWAtSample\n0,0\n10,5\n5,6\n",
      says: /line 4: set 5 does not come after 10/,
    },
    {
      name: "columns without units",
      text: "set,power\n0,0\n1,1\n",
      says: /line 1: the columns are .set,power/,
    },
    { name: "no columns named", text: "0,0\n1,1\n2,2\n", says: /line 1/ },
    { name: "text in a row", text: "set,mWAtSample\n0,0\n1,1 mW\n", says: /line 3: .*not two numbers/ },
    { name: "an empty cell", text: "set,mWAtSample\n0,0\n1,\n", says: /line 3/ },
    { name: "a third column", text: "set,mWAtSample\n0,0\n1,1,1\n", says: /line 3/ },
    {
      name: "power below nothing",
      text: "set,mWAtSample\n-1,0\n1,1\n",
      says: /line 2: there is no power below 0/,
    },
    { name: "one row", text: "set,mWAtSample\n0,0\n", says: /fewer than two rows/ },
  ];
  for (const { name, text, says } of refused) {
    it(`is refused with ${name}`, () => {
      expect(() => parseCalibration(text, "t.csv")).toThrow(says);
    });
  }
});
