import { describe, expect, it } from "vitest";
import type { Rig, RigInfo } from "../../drivers/contract.js";
import { holdsOf, suspendOf } from "../../src/cli/daemon/suspend.js";
import type { ResolvedConfig } from "../../src/config/index.js";
import { tempFolder } from "./command-line.js";

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
    const look = (diskFreeMb: number): Promise<readonly { reason: string }[]> => {
      const config = { suspend: { on: [...all], goodForS: 10, diskFreeMb } } as unknown as ResolvedConfig;
      return suspendOf(config, rig, info, tempFolder()).look();
    };
    expect((await look(1e-6)).map((h) => h.reason)).toEqual(["laser: the door is open"]);
    faults.pop();
    expect(await look(1e-6)).toEqual([]);
    const [disk] = await look(1e12);
    expect(disk?.reason).toMatch(/^only \d+ MB are free/);
  });
});
