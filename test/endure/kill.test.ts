import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { killOneRun, newTally } from "../../endure/kill.js";
import { gaps } from "../../endure/soak.js";

/** Two deaths; the thousand are `npm run endure kill -- --count 1000`. */
it("a daemon killed at random moments loses nothing and leaves no light", { timeout: 240_000 }, async () => {
  const tally = newTally();
  const lives = await killOneRun(5, 2, mkdtempSync(join(tmpdir(), "stedloop-kill-test-")), tally);
  expect(lives).toBeGreaterThan(0);
  expect(tally.failures).toEqual([]);
  expect(tally.deaths).toBeGreaterThan(0);
});

it("a missing sequence number is counted", () => {
  expect(gaps([])).toBe(0);
  expect(gaps([4, 5, 6])).toBe(0);
  expect(gaps([4, 5, 5, 8, 9])).toBe(2);
});
