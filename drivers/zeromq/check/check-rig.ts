import { type Clock, ConnectError, systemClock, toStedError } from "../../../src/core/index.js";
import { eventsEndpoint, parseEndpoint } from "../endpoint.js";
import { clientKeys } from "../keys.js";
import { faultLine, type Result, resultSchemas } from "../schemas.js";
import { Bench } from "./bench.js";
import type { Check } from "./check.js";
import { EventLog } from "./event-log.js";
import { frameChecks } from "./frames.js";
import { leaseChecks } from "./lease.js";
import { newsChecks } from "./news.js";
import { Probe } from "./probe.js";
import { refusalChecks } from "./refusals.js";
import { rightsChecks } from "./rights.js";
import { stoppingChecks } from "./stopping.js";
import type { CheckResult } from "./verdict.js";
import { wordChecks } from "./words.js";

export interface CheckRigOptions {
  /** Event endpoint; default what `hello` says. */
  readonly events?: string;
  readonly clock?: Clock;
  /** Told each result as it comes. */
  readonly onCheck?: (check: CheckResult) => void;
  /** For a rig off loopback: its public key (default `server.pub` in the folder) and the folder with ours. */
  readonly curve?: { readonly serverKey?: string; readonly keys: string };
  /** Only these (and what they need to measure first). */
  readonly only?: readonly string[];
}
export interface CheckRigReport {
  readonly checks: readonly CheckResult[];
  readonly passed: number;
  readonly failed: number;
}

const all: readonly Check[] = [
  ...wordChecks,
  ...frameChecks,
  ...refusalChecks,
  ...rightsChecks,
  ...stoppingChecks,
  ...leaseChecks,
  ...newsChecks,
];
/** Names of the conformance list, in the order they run. */
export const checkNames: readonly string[] = all.map((check) => check.name);

/**
 * Conformance test of a `stedrig/1` server: a result per rule. It exposes the sample briefly, with small windows and low
 * power where a rule allows it, and leaves the rig as it found it: dark, without an owner, idle (or in safe where it
 * was). Rejects ConnectError when no rig answers or when another session holds it for more than 30 s.
 */
export async function checkRig(endpoint: string, options: CheckRigOptions = {}): Promise<CheckRigReport> {
  parseEndpoint(endpoint);
  const { clock = systemClock, onCheck = () => undefined, only } = options;
  const keys =
    options.curve === undefined ? undefined : clientKeys(options.curve.keys, options.curve.serverKey);
  const [a, b] = [new Probe(endpoint, clock, keys), new Probe(endpoint, clock, keys)];
  let events: EventLog | null = null;
  try {
    const { hello, rttMs, wrong } = await greet(endpoint, a, b, clock);
    if (hello === null) return hopeless(wrong, onCheck);
    const at = options.events ?? hello.events;
    events = at === null ? null : new EventLog(eventsEndpoint(at, endpoint), clock, keys);
    const bench = new Bench(a, b, clock, hello, events);
    bench.rttMs = rttMs;
    const wasSafe = await untilFree(bench);
    await events?.ready(2500, 100 + 3 * rttMs);
    const checks: CheckResult[] = [];
    let dead = false;
    for (const check of all) {
      const wanted = only === undefined || only.includes(check.name) || check.name === "acquire";
      if (!wanted) continue;
      const result: CheckResult = dead ? notRun(check) : await runOne(check, bench);
      dead ||= !result.ok && !(await answers(bench));
      if (only !== undefined && !only.includes(check.name)) continue;
      checks.push(result);
      onCheck(result);
    }
    if (!dead) await leave(bench, wasSafe);
    const failed = checks.filter((check) => !check.ok).length;
    return { checks, passed: checks.length - failed, failed };
  } finally {
    a.close();
    b.close();
    events?.close();
  }
}

function notRun(check: Check): CheckResult {
  return { name: check.name, ok: false, detail: "not run: the server no longer answers" };
}

/** Is the server still there? Two tries, so that one lost message ends nothing. */
async function answers(bench: Bench): Promise<boolean> {
  for (let i = 0; i < 2; i++) {
    const answer = await bench.b.ask("status").catch(() => null);
    if (answer !== null) return true;
  }
  return false;
}

async function runOne(check: Check, bench: Bench): Promise<CheckResult> {
  try {
    await bench.settle().catch(() => undefined);
    return { name: check.name, ok: true, detail: await check.run(bench) };
  } catch (error) {
    return { name: check.name, ok: false, detail: toStedError(error).line };
  }
}

/** Without a usable `hello` no rule can be tried. */
function hopeless(wrong: string, onCheck: (check: CheckResult) => void): CheckRigReport {
  const checks = checkNames.map((name) => ({
    name,
    ok: false,
    detail: name === "hello" ? wrong : "not run: no hello",
  }));
  for (const check of checks) onCheck(check);
  return { checks, passed: 0, failed: checks.length };
}

interface Greeted {
  readonly hello: Result<"hello"> | null;
  readonly rttMs: number;
  readonly wrong: string;
}
async function greet(endpoint: string, a: Probe, b: Probe, clock: Clock): Promise<Greeted> {
  const params = { client: "rig-check", version: "1" };
  const silent = new ConnectError("UNREACHABLE", "no rig answers 'hello' here", {
    where: endpoint,
    hint: "start the rig server, or correct the endpoint",
  });
  try {
    const answer = await a.ask("hello", params, { timeoutMs: 5000 });
    const hello = resultSchemas.hello.safeParse(answer.result);
    if (!answer.ok)
      return { hello: null, rttMs: 0, wrong: `'hello' was refused: ${answer.code} ${answer.message}` };
    if (!hello.success)
      return { hello: null, rttMs: 0, wrong: `'hello': ${faultLine(hello.error, "result")}` };
    let rttMs = 0;
    for (const probe of [a, b]) {
      const { result, ms } = await probe.ask("hello", params);
      if (typeof result.now === "number") probe.offset = result.now - (clock.monotonic() - ms / 2);
      rttMs = ms;
    }
    return { hello: hello.data, rttMs, wrong: "" };
  } catch (error) {
    const { message } = toStedError(error);
    if (message.includes("was not answered")) throw silent;
    return { hello: null, rttMs: 0, wrong: message };
  }
}

const patienceMs = 30_000;

/**
 * A rig in use is not disturbed: its owner's lease is waited out. A server that names an owner long after any lease is
 * asked by `release`, which a rig that is really owned refuses. @returns whether it was in `safe` before
 */
async function untilFree(bench: Bench): Promise<boolean> {
  const began = bench.clock.monotonic();
  for (;;) {
    const status = await bench.must(bench.b, "status").catch(() => null);
    if ((status?.owner ?? null) === null) return status?.state === "safe";
    const waited = bench.clock.monotonic() - began;
    if (waited > 2 * bench.leaseMs && (await bench.b.ask("release")).ok) return status?.state === "safe";
    if (waited > patienceMs) {
      throw new ConnectError("BUSY", "another session owns the rig", {
        hint: "end the run that uses it first",
      });
    }
    await bench.clock.sleep(Math.min(500, bench.leaseMs));
  }
}

/** Dark and released, whatever went wrong before. */
async function leave(bench: Bench, wasSafe: boolean): Promise<void> {
  const steps: (() => Promise<unknown>)[] = [
    () => bench.a.ask("abort"),
    () => bench.a.ask("safe", { reason: "rig-check has ended" }),
    ...(wasSafe ? [] : [() => bench.a.ask("resume")]),
    () => bench.a.ask("release"),
    () => bench.b.ask("release"),
  ];
  for (const step of steps) await step().catch(() => undefined);
}
