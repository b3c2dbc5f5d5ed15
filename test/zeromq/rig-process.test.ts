import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import type { AcquireRequest } from "../../drivers/contract.js";
import { checkNames, checkRig, ZeromqRig } from "../../drivers/zeromq/index.js";
import type { Approved } from "../../src/core/index.js";

const main = join(import.meta.dirname, "../../dist/src/cli/main.js");
let child: ChildProcess | null = null;
afterEach(() => {
  child?.kill("SIGKILL");
  child = null;
});

/** The simulated rig as a process of its own, as it is shipped (built JavaScript). */
async function start(): Promise<{ readonly commands: string; readonly exited: Promise<number | null> }> {
  const args = ["rig", "--bind", "tcp://127.0.0.1:*", "--events", "tcp://127.0.0.1:*", "--time-scale", "0.2"];
  const rig = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  child = rig;
  const exited = new Promise<number | null>((resolve) => rig.once("exit", resolve));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: rig.stdout }).once("line", resolve);
    rig.once("exit", (code) => reject(new Error(`rig ended with ${code}`)));
  });
  const { commands } = JSON.parse(line) as { commands: string };
  return { commands, exited };
}

describe("the simulated rig as a process of its own", () => {
  it("passes rig-check", { timeout: 120_000 }, async () => {
    const { commands } = await start();
    const report = await checkRig(commands);
    expect(report.checks.filter((c) => !c.ok)).toEqual([]);
    expect(report.passed).toBe(checkNames.length);
  });

  it("gives a step's three frames and ends by SIGTERM in mid-scan, telling its client", async () => {
    const { commands, exited } = await start();
    const rig = new ZeromqRig({ commands });
    const lost = new Promise<void>((resolve) => rig.subscribe((e) => e.type === "lost" && resolve()));
    try {
      await rig.open();
      const region = await rig.region({ move: "next" });
      const confocal = {
        kind: "confocal",
        settings: { excitationPowerUw: 10, dwellTimeUs: 10, depletionPowerMw: 0 },
      } as const;
      const sted = { kind: "sted", settings: { ...confocal.settings, depletionPowerMw: 100 } } as const;
      const request = {
        steps: [confocal, sted, confocal],
        region: region.id,
      } as unknown as Approved<AcquireRequest>;
      const { frames } = await rig.acquire(request);
      expect(frames.map((f) => f.kind)).toEqual(["confocal", "sted", "confocal"]);
      expect(frames.every((f) => f.pixels.some((v) => v > 0))).toBe(true);
      const acquiring = rig.acquire(request).then(
        () => "done",
        () => "ended",
      );
      await rig.status();
      const began = performance.now();
      child?.kill("SIGTERM");
      expect(await exited).toBe(0);
      expect(performance.now() - began).toBeLessThan(2000);
      await lost;
      await rig.close();
      expect(await acquiring).toBe("ended");
    } finally {
      await rig.close();
    }
  });

  it.skipIf(process.platform === "win32")("is lost while it is frozen, and found dark in safe", async () => {
    const { commands } = await start();
    const rig = new ZeromqRig({ commands, requestTimeoutMs: 1000 });
    const told: string[] = [];
    const when = (type: string): Promise<void> =>
      new Promise((resolve) => rig.subscribe((e) => e.type === type && resolve()));
    rig.subscribe((e) => told.push(e.type));
    const [lost, found] = [when("lost"), when("found")];
    try {
      await rig.open();
      await rig.region({ move: "next" });
      child?.kill("SIGSTOP");
      await lost;
      await expect(rig.heartbeat()).rejects.toThrow();
      child?.kill("SIGCONT");
      await found;
      const { state, owner, light } = await rig.status();
      expect([state, owner, light.some((l) => l.on)]).toEqual(["safe", undefined, false]);
      expect(told.filter((type) => type === "lost" || type === "found")).toEqual(["lost", "found"]);
      await rig.resume();
      await rig.release();
    } finally {
      await rig.close();
    }
  });
});
