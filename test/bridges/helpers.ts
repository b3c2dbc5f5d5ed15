import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import type { AcquireRequest } from "../../drivers/contract.js";
import { checkNames, checkRig, ZeromqRig } from "../../drivers/zeromq/index.js";
import type { Approved } from "../../src/core/index.js";
import type { Bridge } from "./python.js";

export const skipped = (python: string): string => (python.startsWith("no ") ? ` (skipped: ${python})` : "");
export const approved = (request: AcquireRequest): Approved<AcquireRequest> =>
  request as Approved<AcquireRequest>;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
/** Closed after the test, whatever became of it. */
export function keep(thing: { close(): unknown }): void {
  open.push(thing);
}
export function kept(bridge: Bridge): Bridge {
  open.push({ close: () => bridge.process.kill("SIGKILL") });
  return bridge;
}
export function connect(bridge: Bridge): ZeromqRig {
  const rig = new ZeromqRig({ commands: bridge.commands });
  open.push(rig);
  return rig;
}
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "stedloop-bridge-"));
  open.push({ close: () => rmSync(path, { recursive: true }) });
  return path;
}
/** Every rule of the protocol, and an acquisition that could be stopped in the middle. */
export async function passes(bridge: Bridge): Promise<void> {
  const report = await checkRig(bridge.commands);
  expect(report.checks.filter((c) => !c.ok)).toEqual([]);
  expect(report.passed).toBe(checkNames.length);
  const said = report.checks.find((c) => c.name === "abort")?.detail ?? "";
  expect(said).toMatch(/^ABORTED after \d+ ms/);
}
