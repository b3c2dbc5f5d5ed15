import { describe, expect, it } from "vitest";
import { seed } from "../../src/cli/options.js";
import { checkedSeed, seedSchema } from "../../src/core/index.js";

describe("seeds", () => {
  it.each([0, 1, Number.MAX_SAFE_INTEGER])("%d is one", (value) => {
    expect([checkedSeed(value), seedSchema.parse(value), seed(String(value))]).toEqual([value, value, value]);
  });

  it.each([-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is none, and what is one is said",
    (value) => {
      expect(() => checkedSeed(value, "--seed")).toThrow(/a seed is a whole number, 0 … 9007199254740991/);
      expect(seedSchema.safeParse(value).error?.issues[0]?.message).toMatch(/a seed is a whole number, 0 … /);
      expect(() => seed(String(value))).toThrow(/whole number, 0 … /);
    },
  );

  it.each(["", " 7", "1e3", "0x10", "seven", "9007199254740993"])("'%s' is no seed", (text) => {
    expect(() => seed(text)).toThrow(/whole number, 0 … /);
  });
});
