import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Rig, RigInfo } from "../../drivers/contract.js";
import { holdsOf, suspendOf } from "../../src/cli/daemon/suspend.js";
import type { ResolvedConfig } from "../../src/config/index.js";
import { stedloop, tempFolder } from "./command-line.js";

const all = ["interlock", "temperature", "disk", "focus"] as const;
const fault = (code: string, message: string): { code: string; message: string; source: string } => ({
  code,
  message,
  source: "laser",
});

describe("what holds a run", () => {
  it.each([
    [fault("INTERLOCK", "the door is open"), [{ reason: "laser: the door is open", needsOperator: true }]],
    [fault("ALARM_2", "base temperature"), [{ reason: "laser: base temperature", needsOperator: false }]],
    [fault("FOCUS_LOST", "no reflection"), [{ reason: "laser: no reflection", needsOperator: false }]],
    [fault("CALIBRATION_STALE", "its calibration is old"), []],
  ])("%j", (given, holds) => {
    expect(holdsOf([given], all)).toEqual(holds);
    expect(holdsOf([given], ["disk"])).toEqual([]);
  });

  it("is a disk with less room than configured, and a rig's faults, asked afresh", async () => {
    const faults = [fault("INTERLOCK", "the door is open")];
    const rig = { status: () => Promise.resolve({ faults }) } as unknown as Rig;
    const info = { capabilities: { concurrent: true } } as RigInfo;
    const look = (
      diskFreeMb: number,
      unattended = false,
    ): Promise<readonly { reason: string; needsOperator: boolean }[]> => {
      const config = { suspend: { on: [...all], goodForS: 10, diskFreeMb } } as unknown as ResolvedConfig;
      return suspendOf(config, rig, info, { data: tempFolder(), unattended }).look();
    };
    expect((await look(1e-6)).map((h) => h.reason)).toEqual(["laser: the door is open"]);
    faults.pop();
    expect(await look(1e-6)).toEqual([]);
    const [disk] = await look(1e12);
    expect(disk).toMatchObject({
      reason: expect.stringMatching(/^only [\d.]+ MB are free/),
      needsOperator: false,
    });
    // Nobody is there to make room.
    expect(await look(1e12, true)).toMatchObject([{ needsOperator: true }]);
  });
});

describe("a run that nobody attends", () => {
  it("ends in seconds with one clear line when the disk has too little room", {
    timeout: 60_000,
  }, async () => {
    const data = tempFolder();
    const config = join(data, "config.yaml");
    writeFileSync(config, "rig: {kind: simulated}\nsuspend: {diskFreeMb: 1.0e+12}\n");
    const run = ["run", "--headless", "--json", "--data", data, "--iterations", "1000", "--config", config];
    const begun = performance.now();
    const { code, out, err } = await stedloop(run);
    expect(performance.now() - begun).toBeLessThan(45_000);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^stedloop: only \d+ MB are free for the run's frames, .+; the light is off: .+--resume latest$/m,
    );
    expect(JSON.parse(out).iterations).toBeLessThan(1000);
  });

  it("cannot ask a person", async () => {
    const { code, err } = await stedloop(["run", "--headless", "--mode", "assist", "--data", tempFolder()]);
    expect(code).toBe(2);
    expect(err).toContain("in assist mode a person decides at the page");
  });
});
