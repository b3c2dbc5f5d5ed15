import { expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { killAndCheck } from "./crash-trial.js";
import { testFolder } from "./sample.js";

it("loses nothing that it acknowledged when it is killed in the middle of commits, again and again", async () => {
  const folder = testFolder();
  const random = RandomStream.of(11, "kills");
  const acknowledged = new Set<string>();
  for (let life = 1; life <= 5; life++) {
    const steps = await killAndCheck(folder, random, acknowledged);
    expect(steps).toBeGreaterThanOrEqual(life - 1);
  }
  expect(acknowledged.size).toBeGreaterThan(10);
});
