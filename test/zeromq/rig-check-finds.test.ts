import { describe, expect, it } from "vitest";
import { type CheckResult, checkNames, checkRig } from "../../drivers/zeromq/index.js";
import { type Flaw, flawedRig, flaws } from "./flawed-rig.js";

async function check(flaw: Flaw | null, only?: readonly string[]): Promise<readonly CheckResult[]> {
  const rig = await flawedRig(flaw);
  try {
    return (await checkRig(rig.commands, only === undefined ? {} : { only })).checks;
  } finally {
    rig.close();
  }
}

describe("rig-check", () => {
  it("passes another server that keeps the protocol", async () => {
    const checks = await check(null);
    expect(checks.filter((c) => !c.ok)).toEqual([]);
    expect(checks.map((c) => c.name)).toEqual(checkNames);
  });

  it("has a broken server for every rule", () => {
    const proven = new Set<string>(Object.values(flaws).map(([rule]) => rule));
    expect(checkNames.filter((name) => !proven.has(name))).toEqual([]);
  });
});

// Each waits most of its time, so several run side by side.
describe.concurrent("rig-check finds", () => {
  for (const [flaw, [rule, says]] of Object.entries(flaws) as [Flaw, readonly [string, RegExp]][]) {
    it(`${flaw} by ${rule}`, async ({ expect }) => {
      // What was published is judged over a run that has something to publish.
      const only = rule === "events" ? ["safeState", "abort", "events"] : [rule];
      const found = (await check(flaw, only)).find((c) => c.name === rule);
      expect(found).toMatchObject({ ok: false, detail: expect.stringMatching(says) });
    });
  }
});
