import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { ended, eventually } from "../cli/command-line.js";
import type { CompositeBench, DeviceUnderTest } from "./bench.js";

/** The lease of the simulated scanner, ms. */
export const leaseMs = 3000;
/** Time in which a failure must have led to dark, as a multiple of the lease; busy test machines included. */
export const promisedShare = 4;

/** What one failure did: ms until each device was dark in truth; null = its light stayed, for the reason given. */
export interface Happened {
  readonly dark: Readonly<Record<string, number | null>>;
  readonly then?: string;
}
export interface FaultCase {
  readonly failure: string;
  /** Who put the light out. */
  readonly by: string;
  readonly args?: readonly string[];
  readonly run: (bench: CompositeBench, page: string) => Promise<Happened>;
}
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
  rig: { light: { name: string; on: boolean; confirmed: boolean }[] };
}> => (await (await fetch(`${page}/api/v1/state`)).json()) as never;
const pid = (bench: CompositeBench): number => bench.daemon?.pid as number;
const signal =
  (name: NodeJS.Signals, group = false) =>
  async (bench: CompositeBench): Promise<Happened> => {
    process.kill(group ? -pid(bench) : pid(bench), name);
    return { dark: await bench.dark() };
  };
const lasers = (bench: CompositeBench): DeviceUnderTest[] =>
  bench.options.devices.filter((d) => d.role !== "aotf");
/** One device out of reach: the others go dark; its own light is its own, shown as on, until it can be told. */
const outOfReach =
  (fault: string) =>
  async (bench: CompositeBench, page: string): Promise<Happened> => {
    const victim = (lasers(bench)[0] as DeviceUnderTest).name;
    await bench.fault(victim, fault);
    const others = bench.options.devices.map((d) => d.name).filter((n) => n !== victim);
    const dark: Record<string, number | null> = {};
    await Promise.all(
      others.map(async (n) => {
        dark[n] = Math.round(await bench.until(n, false));
      }),
    );
    const shown = await eventually(async () => {
      const light = (await state(page)).rig.light.find((l) => l.name === victim);
      return light?.on === true && !light.confirmed ? light : null;
    });
    expect(shown.on).toBe(true);
    await eventually(async () => ((await state(page)).state === "paused" ? true : null));
    expect((await state(page)).alert).toContain(victim);
    await bench.clear(victim, fault);
    const back = Math.round(await bench.until(victim, false));
    dark[victim] = null;
    return {
      dark,
      then: `${victim} cannot be told: shown as on, the run pauses; dark ${back} ms after it answers again`,
    };
  };

/** Every failure, on a run that scans with all of its light on. */
export const faultCases: readonly FaultCase[] = [
  {
    failure: "abort on the page",
    by: "daemon",
    run: async (b, page) => {
      void post(page, "abort");
      return { dark: await b.dark() };
    },
  },
  {
    failure: "E-stop",
    by: "daemon",
    run: async (b, page) => {
      void post(page, "panic");
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
  { failure: "device unplugged", by: "daemon", run: outOfReach("unplug") },
  { failure: "device's firmware hangs", by: "daemon", run: outOfReach("frozen") },
  {
    failure: "device loses power for a second",
    by: "daemon",
    run: async (b) => {
      const victim = (lasers(b)[0] as DeviceUnderTest).name;
      await b.fault(victim, "power-cycle");
      return { dark: await b.dark(), then: `${victim} comes back dark and is told off again` };
    },
  },
  {
    failure: "device ignores the first 'off'",
    by: "daemon",
    run: async (b, page) => {
      const victim = (lasers(b)[0] as DeviceUnderTest).name;
      await b.fault(victim, "off-ignored");
      void post(page, "panic");
      return { dark: await b.dark() };
    },
  },
];

/** One failure from a scanning run to its end. */
export async function happens(bench: CompositeBench, fault: FaultCase): Promise<Happened> {
  bench.newData();
  const page = await bench.run();
  try {
    await bench.lit();
    return await fault.run(bench, page);
  } finally {
    if (bench.daemon !== null && bench.daemon.exitCode === null && bench.daemon.signalCode === null) {
      bench.daemon.kill("SIGCONT");
      bench.daemon.kill("SIGKILL");
      await ended(bench.daemon);
    }
    for (const { name } of bench.options.devices) await bench.clear(name, "all");
    // The guard has the last word before the next run begins.
    await bench.dark(60_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export interface Row {
  readonly device: string;
  readonly role: string;
  readonly failure: string;
  readonly by: string;
  readonly darkMs: number | null;
  readonly then?: string;
  readonly test: string;
}
export function rows(bench: CompositeBench, fault: FaultCase, what: Happened, test: string): Row[] {
  return bench.options.devices.map(({ name, kind, role }) => ({
    device: kind,
    role: role === "aotf" ? "gate" : role,
    failure: fault.failure,
    by: fault.by,
    darkMs: what.dark[name] ?? null,
    ...(what.then === undefined ? {} : { then: what.then }),
    test,
  }));
}

const file = join(import.meta.dirname, "../../docs/safety/what-happens.json");
export function readTable(): Row[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Row[]) : [];
}
/** Keeps what was measured, a row a device and failure, where the table is being made; `npm run generate` makes the page. */
export function keepRows(measured: readonly Row[]): void {
  if (process.env.STEDLOOP_WRITE_TABLE === undefined) return;
  const key = (r: Row): string => `${r.device} ${r.failure}`;
  const all = new Map([...readTable(), ...measured].map((r) => [key(r), r]));
  writeFileSync(file, `${JSON.stringify([...all.values()], null, 1)}\n`);
}
