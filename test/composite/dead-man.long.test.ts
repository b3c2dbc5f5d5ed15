import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ended, eventually, stedloop } from "../cli/command-line.js";
import { CompositeBench } from "./bench.js";
import { usualSet } from "./sets.js";

interface State {
  readonly state: string;
  readonly alert: string | null;
  readonly proposal: { readonly id: string } | null;
  readonly rig: { readonly state: string };
}
const get = async (page: string): Promise<State> =>
  (await (await fetch(`${page}/api/v1/state`)).json()) as State;
const post = (page: string, what: string, body: object = {}): Promise<Response> =>
  fetch(`${page}/api/v1/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const inState = (page: string, name: string): Promise<State> =>
  eventually(
    async () => {
      const state = await get(page);
      return state.state === name ? state : null;
    },
    100,
    60_000,
  );
/** No device emits at any time in so many ms. */
async function staysDark(bench: CompositeBench, forMs: number): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    for (const { name } of usualSet) expect(await bench.emits(name), name).toBe(false);
  }
}
const hasPrlimit = ((): boolean => {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: a full disk needs `prlimit` (Linux, util-linux)");
    return false;
  }
})();

describe.skipIf(process.platform === "win32")("nobody stands behind the light", { timeout: 240_000 }, () => {
  const heard: Record<string, unknown>[] = [];
  let server: Server;
  let bench: CompositeBench;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += String(part);
      });
      request.on("end", () => {
        heard.push(JSON.parse(text) as Record<string, unknown>);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/guard`;
    bench = new CompositeBench({ devices: usualSet, webhook, config: { operatorLeaseS: "4" } });
    await bench.start();
  }, 120_000);
  afterEach(() => bench.endDaemon());
  afterAll(async () => {
    await bench.stop();
    server.close();
  });

  it("a run that ends by itself is silent on the webhook", async () => {
    bench.newData();
    const args = ["run", "--headless", "--json", "--iterations", "1"];
    const { code, err } = await stedloop([...args, "--config", bench.config, "--data", bench.data]);
    expect(code, err).toBe(0);
    expect(heard).toEqual([]);
  });

  it("the webhook hears of a daemon that was killed, after everything is dark", async () => {
    bench.newData();
    await bench.run();
    await bench.lit();
    const killed = bench.daemon?.pid;
    bench.daemon?.kill("SIGKILL");
    const told = await eventually(() => Promise.resolve(heard[0] ?? null), 50, 60_000);
    for (const { name } of usualSet) expect(await bench.emits(name), name).toBe(false);
    expect(told).toMatchObject({ event: "stedloop-guard", cause: "the daemon died", daemon: killed });
    const devices = told.devices as { name: string; dark: boolean }[];
    expect(devices.map((d) => [d.name, d.dark]).sort()).toEqual(
      usualSet.map((d) => [d.name, true] as [string, boolean]).sort(),
    );
    expect(heard.length).toBe(1);
  });

  it("an operator who is gone in assist mode: the light is off while it waits, and lasers behind gates when the lease is over", async () => {
    bench.newData();
    const page = await bench.run(["--mode", "assist"]);
    const first = await eventually(async () => (await get(page)).proposal, 100, 60_000);
    expect((await post(page, "proposal/approve", { proposal: first.id })).status).toBe(200);
    await bench.lit();
    const second = await eventually(
      async () => {
        const { proposal } = await get(page);
        return proposal !== null && proposal.id !== first.id ? proposal : null;
      },
      50,
      90_000,
    );
    // It waits for a decision: nothing reaches the sample.
    for (const { name } of usualSet) expect(await bench.reaches(name), name).toBe(false);
    const { alert } = await inState(page, "paused");
    expect(alert).toMatch(/operator|decid/i);
    await bench.dark();
    await staysDark(bench, 3000);
    expect((await post(page, "proposal/approve", { proposal: second.id })).ok).toBe(false);
    await bench.daemon?.kill("SIGTERM");
    if (bench.daemon !== null) await ended(bench.daemon);
  });

  it.runIf(hasPrlimit)("a disk that is full: what cannot be written down is not begun", async () => {
    bench.newData();
    const page = await bench.run();
    await bench.lit();
    // From now on no file of the daemon grows: journal, frames and breadcrumbs alike.
    execFileSync("prlimit", ["--pid", String(bench.daemon?.pid), "--fsize=1"]);
    const { alert } = await inState(page, "paused");
    expect(alert).toMatch(/journal|disk|written|stored/i);
    await bench.dark();
    await staysDark(bench, 4000);
    expect((await get(page)).rig.state).not.toBe("acquiring");
  });
});
