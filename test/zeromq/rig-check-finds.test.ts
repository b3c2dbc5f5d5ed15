import { describe, it } from "vitest";
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

// Each waits most of its time, so several run side by side.
describe.concurrent("rig-check", () => {
  it("passes another server that keeps the protocol", async ({ expect }) => {
    const checks = await check(null);
    expect(checks.filter((c) => !c.ok)).toEqual([]);
    expect(checks.map((c) => c.name)).toEqual(checkNames);
  });

  it("ends soon when the server dies in the middle", async ({ expect }) => {
    const began = performance.now();
    const checks = await check("diesOnFirstScan");
    const after = checks.slice(checks.findIndex((c) => c.name === "acquire") + 1);
    expect(new Set(after.map((c) => c.detail))).toEqual(new Set(["not run: the server no longer answers"]));
    expect(performance.now() - began).toBeLessThan(40_000);
  });

  it("tells in one check what keeps it from all others", async ({ expect }) => {
    const checks = await check("helloNoLease");
    expect(checks.map((c) => c.name)).toEqual(checkNames);
    expect(checks[0]).toMatchObject({ name: "hello", ok: false, detail: expect.stringContaining("leaseMs") });
    expect(checks.every((c) => !c.ok)).toBe(true);
  });

  it("has a broken server for every rule", ({ expect }) => {
    const proven = new Set<string>(Object.values(flaws).map(([rule]) => rule));
    expect(checkNames.filter((name) => !proven.has(name))).toEqual([]);
  });
});

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
