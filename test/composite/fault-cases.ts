import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { eventually } from "../cli/command-line.js";
import type { CompositeBench, DeviceUnderTest } from "./bench.js";

/** The lease of the simulated scanner, ms. */
export const leaseMs = 3000;
/** Time in which a failure must have led to dark, as a share of the lease; a busy test machine is allowed twice that. */
export const promisedShare = process.env.STEDLOOP_WRITE_TABLE === undefined ? 2 : 1;

/** What one failure did: ms until each device was dark in truth; null = its light stayed, for the reason given. */
export interface Happened {
  readonly dark: Readonly<Record<string, number | null>>;
  readonly then?: string;
}
export interface FaultCase {
  readonly failure: string;
  /** Who put the light out. */
  readonly by: string;
  readonly note?: string;
  readonly run: (bench: CompositeBench, page: string) => Promise<Happened>;
}
export interface DeviceCase {
  readonly failure: string;
  /** What this is to the other devices of the rig; null = nothing of its own. */
  readonly others: string | null;
  readonly by: string;
  readonly run: (bench: CompositeBench, page: string, victim: string) => Promise<Happened>;
}
/** While this file is there, a scoring call never returns (stall.mjs). */
const stuckFile = (bench: CompositeBench): string => join(bench.folder, "stuck");
const stuckForMs = 8000;
const post = (page: string, what: string): Promise<Response> =>
  fetch(`${page}/api/v1/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
const state = async (
  page: string,
): Promise<{
  state: string;
  alert: string | null;
  rig: { state: string; light: { name: string; on: boolean; confirmed: boolean }[] };
}> => (await (await fetch(`${page}/api/v1/state`)).json()) as never;
const pid = (bench: CompositeBench): number => bench.daemon?.pid as number;
const signal =
  (name: NodeJS.Signals, group = false) =>
  async (bench: CompositeBench): Promise<Happened> => {
    process.kill(group ? -pid(bench) : pid(bench), name);
    return { dark: await bench.dark() };
  };
/** A person presses resume, again where a device still warms up, until the run scans with all its light. */
const resumed = async (bench: CompositeBench, page: string): Promise<void> => {
  const waits = async (): Promise<boolean> => /paused|safe/.test((await state(page)).state);
  await eventually(async () => ((await waits()) ? true : null));
  const lit = bench.lit().then(() => true);
  const later = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 1000));
  do {
    if (await waits()) await post(page, "resume");
  } while (!(await Promise.race([lit, later()])));
};

/**
 * One device fails: the others go dark and the run pauses, naming it. Nothing goes on by itself when it is back; after
 * a person's resume the run does. @param stays its light is out of reach meanwhile and is shown as on
 */
const oneFails =
  (fault: string, stays: boolean) =>
  async (bench: CompositeBench, page: string, victim: string): Promise<Happened> => {
    const others = bench.options.devices.map((d) => d.name).filter((n) => n !== victim);
    const began = performance.now();
    await bench.fault(victim, fault);
    const dark: Record<string, number> = {};
    const until = async (name: string): Promise<void> => {
      await bench.until(name, false);
      dark[name] = Math.round(performance.now() - began);
    };
    await Promise.all((stays ? others : [...others, victim]).map(until));
    if (stays) {
      await eventually(async () => {
        const light = (await state(page)).rig.light.find((l) => l.name === victim);
        return light?.on === true && !light.confirmed ? true : null;
      });
    }
    await eventually(async () => ((await state(page)).state === "paused" ? true : null));
    expect((await state(page)).alert).toContain(victim);
    await bench.clear(victim, fault === "power-cycle" ? "all" : fault);
    // Some lasers want their key turned after a power-up; where there is none this is refused and does nothing.
    if (fault === "power-cycle") await bench.fault(victim, "key-off");
    if (fault === "power-cycle") await bench.clear(victim, "all");
    const back = Math.round(await bench.until(victim, false));
    // Back again, identified and dark; and it waits.
    await eventually(async () => {
      const light = (await state(page)).rig.light.find((l) => l.name === victim);
      return light?.on === false && light.confirmed ? true : null;
    });
    expect((await state(page)).state).toBe("paused");
    expect(await bench.emits(victim)).toBe(false);
    await resumed(bench, page);
    const then = `it is shown as on and the run pauses; dark within ${back} ms of answering again`;
    return stays ? { dark: { ...dark, [victim]: null }, then } : { dark };
  };

/** Every failure, on a run that scans with all of its light on. */
export const faultCases: readonly FaultCase[] = [
  {
    failure: "abort on the page",
    by: "daemon",
    run: async (b, page) => {
      post(page, "abort").catch(() => undefined);
      return { dark: await b.dark() };
    },
  },
  {
    failure: "E-stop",
    by: "daemon",
    run: async (b, page) => {
      post(page, "panic").catch(() => undefined);
      return { dark: await b.dark() };
    },
  },
  { failure: "Ctrl-C (SIGINT to the group)", by: "daemon", run: signal("SIGINT", true) },
  { failure: "SIGTERM", by: "daemon", run: signal("SIGTERM") },
  { failure: "uncaught error in the daemon", by: "daemon", run: signal("SIGWINCH") },
  {
    failure: "daemon killed (SIGKILL)",
    by: "guard",
    run: async (b) => {
      const { dark } = await signal("SIGKILL")(b);
      const report = join(b.data, "guard.json");
      await eventually(async () => (existsSync(report) ? true : null));
      expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ cause: "the daemon died" });
      return { dark };
    },
  },
  { failure: "daemon killed with its whole process group", by: "guard", run: signal("SIGKILL", true) },
  { failure: "daemon stopped (SIGSTOP)", by: "guard", run: signal("SIGSTOP") },
  { failure: "event loop wedged", by: "guard", run: signal("SIGUSR2") },
  {
    failure: "guard killed",
    by: "daemon",
    run: async (b) => {
      process.kill(b.guard(), "SIGKILL");
      return { dark: await b.dark() };
    },
  },
  {
    failure: "scanner frozen (SIGSTOP)",
    by: "daemon",
    run: async (b) => {
      b.scanner?.child.kill("SIGSTOP");
      try {
        return { dark: await b.dark() };
      } finally {
        b.scanner?.child.kill("SIGCONT");
      }
    },
  },
  {
    failure: "network to the scanner cut",
    by: "daemon",
    run: async (b) => {
      b.relay.cut();
      try {
        return { dark: await b.dark() };
      } finally {
        b.relay.mend();
      }
    },
  },
  {
    failure: "stuck GPU call",
    by: "daemon",
    note: "from the end of the scan under way, which goes on; at the sample: a laser behind a gate counts as dark when its gate is shut",
    run: async (b, page) => {
      writeFileSync(stuckFile(b), "");
      await eventually(() => Promise.resolve(existsSync(`${stuckFile(b)}.at`) ? true : null), 50, 60_000);
      const last: Record<string, number> = {};
      let ended: number | null = null;
      for (const began = performance.now(); ended === null || performance.now() - ended < stuckForMs; ) {
        expect(performance.now() - began).toBeLessThan(120_000);
        for (const { name } of b.options.devices) if (await b.reaches(name)) last[name] = performance.now();
        const scanning = (await state(page)).rig.state === "acquiring";
        // No further step is begun while the call hangs.
        if (ended !== null) expect(scanning).toBe(false);
        else if (!scanning) ended = performance.now();
      }
      const scanEnd = ended;
      const late = (name: string): number => Math.max(0, Math.round((last[name] ?? 0) - scanEnd));
      return { dark: Object.fromEntries(b.options.devices.map(({ name }) => [name, late(name)])) };
    },
  },
];

/** Failures of one device, each device of a set in turn. */
export const deviceCases: readonly DeviceCase[] = [
  {
    failure: "it is unplugged",
    others: "another device is unplugged",
    by: "daemon",
    run: oneFails("unplug", true),
  },
  {
    failure: "its firmware hangs",
    others: "another device's firmware hangs",
    by: "daemon",
    run: oneFails("frozen", true),
  },
  {
    failure: "it loses power for a second",
    others: "another device loses power for a second",
    by: "power cut",
    run: oneFails("power-cycle", false),
  },
  {
    failure: "it ignores the first 'off' (E-stop)",
    others: null,
    by: "daemon",
    run: async (b, page, victim) => {
      await b.fault(victim, "off-ignored");
      post(page, "panic").catch(() => undefined);
      const dark = { [victim]: Math.round(await b.until(victim, false)) };
      await b.dark();
      await b.clear(victim, "off-ignored");
      await resumed(b, page);
      return { dark };
    },
  },
];

/** A scanning run with all of its light on, for as long as `what` takes. */
export async function whileScanning<T>(
  bench: CompositeBench,
  what: (page: string) => Promise<T>,
): Promise<T> {
  bench.newData();
  const page = await bench.run([], { STEDLOOP_TEST_STUCK: stuckFile(bench) });
  try {
    await bench.lit();
    return await what(page);
  } finally {
    rmSync(stuckFile(bench), { force: true });
    rmSync(`${stuckFile(bench)}.at`, { force: true });
    await bench.endDaemon();
    for (const { name } of bench.options.devices) await bench.clear(name, "all");
    await bench.dark(60_000);
  }
}

export interface Row {
  readonly device: string;
  readonly role: string;
  readonly failure: string;
  readonly by: string;
  readonly darkMs: number | null;
  readonly then?: string;
  readonly note?: string;
  readonly test: string;
}
const rowOf = (
  device: DeviceUnderTest,
  fault: { readonly failure: string; readonly by: string; readonly note?: string },
  darkMs: number | null,
  test: string,
): Row => ({
  device: device.kind,
  role: device.role === "aotf" ? "gate" : device.role,
  failure: fault.failure,
  by: fault.by,
  darkMs,
  ...(fault.note === undefined ? {} : { note: fault.note }),
  test,
});

export function rows(bench: CompositeBench, fault: FaultCase, what: Happened, test: string): Row[] {
  return bench.options.devices.map((d) => rowOf(d, fault, what.dark[d.name] ?? null, test));
}

/** A row for each device as the one that fails, and one as the slowest of the others. */
export function deviceRows(
  bench: CompositeBench,
  fault: DeviceCase,
  all: ReadonlyMap<string, Happened>,
  test: string,
): Row[] {
  return bench.options.devices.flatMap((device) => {
    const own = all.get(device.name);
    const row = rowOf(device, fault, own?.dark[device.name] ?? null, test);
    const mine = own?.then === undefined ? row : { ...row, then: own.then };
    if (fault.others === null) return [mine];
    const beside = [...all].filter(([victim]) => victim !== device.name);
    const slowest = Math.max(...beside.map(([, what]) => what.dark[device.name] ?? Number.POSITIVE_INFINITY));
    return [mine, rowOf(device, { failure: fault.others, by: "daemon" }, slowest, test)];
  });
}

const file = join(import.meta.dirname, "../../docs/safety/what-happens.json");
export function readTable(): Row[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Row[]) : [];
}
/** Whether a failure is to be measured: always, but for `STEDLOOP_WRITE_TABLE=missing`, where rows that stand are left. */
export function wanted(devices: readonly DeviceUnderTest[], ...failures: (string | null)[]): boolean {
  if (process.env.STEDLOOP_WRITE_TABLE !== "missing") return true;
  const table = readTable();
  return devices.some(({ kind }) =>
    failures.some((f) => f !== null && !table.some((r) => r.device === kind && r.failure === f)),
  );
}
/** Keeps what was measured, a row a device and failure, where the table is being made; `npm run generate` makes the page. */
export function keepRows(measured: readonly Row[]): void {
  if (process.env.STEDLOOP_WRITE_TABLE === undefined) return;
  const key = (r: Row): string => `${r.device} ${r.failure}`;
  const known = [...faultCases.map((f) => f.failure), ...deviceCases.flatMap((f) => [f.failure, f.others])];
  const all = new Map(
    [...readTable(), ...measured].filter((r) => known.includes(r.failure)).map((r) => [key(r), r]),
  );
  writeFileSync(file, `${JSON.stringify([...all.values()], null, 1)}\n`);
}
