/**
 * `npm run endure soak`: a daemon in hold mode on the simulated rig without waits: every frame goes the whole way (rig,
 * ZeroMQ, score, objectives, journal on disk). Memory and handles of the daemon are read from the system beside it, from
 * its journal whether a sequence number is missing. Writes soak.svg.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openJournalReader } from "../src/journal/index.js";
import type { EndureOptions, EndureReport, Failure } from "./contract.js";
import { pause, stedloop } from "./processes.js";
import { chart } from "./soak-chart.js";

export interface Sample {
  readonly seconds: number;
  readonly frames: number;
  readonly rssMib: number;
  readonly handles: number;
}

const control = 5;
/** Share of the run that counts as warm-up. */
const warmUp = 0.4;
const greatestGrowth = 0.05;
const everyMs = 2000;
const settings = { depletionPowerMw: 60, excitationPowerUw: 5, dwellTimeUs: 5 };
/** Without a new frame for so long it hangs. */
const silenceMs = 120_000;

/** Resident memory and open handles of a process; null where there is no /proc (other systems than Linux). */
function usage(pid: number): { rssMib: number; handles: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    return { rssMib: kib / 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

export async function soak(options: EndureOptions, say: (line: string) => void): Promise<EndureReport> {
  const data = mkdtempSync(join(options.out, "soak-"));
  const config = join(data, "c.yaml");
  writeFileSync(config, `rig: {kind: simulated, timeScale: 0}\ngate: off\nhold: {control: ${control}}\n`);
  const daemon = stedloop([
    ...["run", "--headless", "--json", "--config", config, "--data", data, "--seed", String(options.seed)],
    ...["--mode", "hold", "--settings", JSON.stringify(settings), "--count", String(options.count)],
  ]);
  const failures: Failure[] = [];
  const fail = (what: string): void => void failures.push({ what, seed: options.seed, file: data });
  const samples: Sample[] = [];
  const start = performance.now();
  let over = false;
  void daemon.ended.then(() => {
    over = true;
  });
  let lastNew = start;
  while (!over) {
    await Promise.race([daemon.ended, pause(everyMs)]);
    const frames = await framesOf(data);
    const used = usage(daemon.child.pid ?? 0);
    const now = performance.now();
    if (frames > (samples.at(-1)?.frames ?? 0)) lastNew = now;
    if (used !== null && frames > 0) samples.push({ seconds: (now - start) / 1000, frames, ...used });
    if (now - lastNew > silenceMs) {
      fail(`no frame in ${silenceMs / 1000} s`);
      daemon.child.kill("SIGKILL");
      break;
    }
    say(
      `${frames} frames, ${used === null ? "memory not read here" : `${used.rssMib.toFixed(0)} MiB, ${used.handles} handles`}`,
    );
  }
  const end = await daemon.ended;
  if (end.code !== 0) fail(`ended with ${end.code}: ${end.err.slice(-300)}`);
  const { seqs, scoreMs } = await kept(data);
  const missing = gaps(seqs);
  if (missing > 0) fail(`${missing} sequence numbers are missing`);
  const growth = growthOf(samples, fail);
  const picture = join(options.out, "soak.svg");
  writeFileSync(picture, chart(samples, `${seqs.length} frames, seed ${options.seed}`));
  if (failures.length === 0) rmSync(data, { recursive: true, force: true });
  const seconds = (performance.now() - start) / 1000;
  return {
    target: "soak",
    seed: options.seed,
    cases: seqs.length,
    failures,
    figures: {
      "frames a second, start included": (seqs.length / seconds).toFixed(1),
      "sequence numbers missing": missing,
      ...growth,
      "score, ms (median, 90 %, 99 %, longest)": [0.5, 0.9, 0.99, 1]
        .map((q) => quantile(scoreMs, q).toFixed(1))
        .join(" "),
      picture,
    },
  };
}

/** Memory and handles of the last quarter against those right after the warm-up. */
function growthOf(samples: readonly Sample[], fail: (what: string) => void): Record<string, number | string> {
  const total = samples.at(-1)?.frames ?? 0;
  const warm = samples.filter((s) => s.frames >= warmUp * total);
  const early = warm.filter((s) => s.frames < (warmUp + 0.25) * total);
  const late = warm.filter((s) => s.frames >= 0.75 * total);
  if (early.length === 0 || late.length === 0) return { memory: "not measured: too few looks" };
  const memory = median(late.map((s) => s.rssMib)) / median(early.map((s) => s.rssMib)) - 1;
  const handles = median(late.map((s) => s.handles)) - median(early.map((s) => s.handles));
  if (memory > greatestGrowth) fail(`memory grew by ${(100 * memory).toFixed(1)} % after the warm-up`);
  if (handles > 0) fail(`${handles} handles more after the warm-up`);
  return {
    "memory after the warm-up, MiB": Math.round(median(early.map((s) => s.rssMib))),
    "memory grown since, %": (100 * memory).toFixed(1),
    "handles (least, greatest)": `${Math.min(...warm.map((s) => s.handles))} ${Math.max(...warm.map((s) => s.handles))}`,
  };
}

async function framesOf(data: string): Promise<number> {
  const reader = await openJournalReader(data);
  try {
    return (await reader.runs()).at(-1)?.frames ?? 0;
  } catch {
    // No database yet.
    return 0;
  } finally {
    await reader.close();
  }
}

async function kept(data: string): Promise<{ seqs: number[]; scoreMs: number[] }> {
  const reader = await openJournalReader(data);
  try {
    const run = (await reader.runs()).at(-1)?.run;
    if (run === undefined) return { seqs: [], scoreMs: [] };
    const steps = await reader.steps(run, { optimiserStates: false });
    const rows = [...steps.flatMap((s) => s.frames), ...(await reader.extras(run))];
    const scoreMs = rows.flatMap((r) => (r.score === null ? [] : [r.score.ms])).sort((a, b) => a - b);
    return { seqs: rows.map((r) => r.frame.seq).sort((a, b) => a - b), scoreMs };
  } finally {
    await reader.close();
  }
}

/** Numbers missing between the first and the last. */
export function gaps(sorted: readonly number[]): number {
  const [first, last] = [sorted[0], sorted.at(-1)];
  return first === undefined || last === undefined ? 0 : last - first + 1 - new Set(sorted).size;
}
