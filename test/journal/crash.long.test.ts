import { expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { killAndCheck } from "./crash-trial.js";
import { testFolder } from "./sample.js";

const lives = 200;

it(`survives ${lives} kills of one data folder`, { timeout: 30 * 60_000 }, async () => {
  const folder = testFolder();
  const random = RandomStream.of(12, "kills");
  const acknowledged = new Set<string>();
  for (let life = 1; life <= lives; life++) await killAndCheck(folder, random, acknowledged);
  expect(acknowledged.size).toBeGreaterThan(lives);
});
