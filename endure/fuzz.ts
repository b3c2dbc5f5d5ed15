/**
 * `npm run endure fuzz [SURFACE…] -- --count N`: every surface on which somebody else's bytes arrive, fed with damaged and
 * random ones, in turn. Case k of seed S is always the same bytes; a case that fails is kept as a file and named by its seed.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../src/core/index.js";
import type { EndureOptions, EndureReport, Failure } from "./contract.js";
import { Complaint, type Surface } from "./fuzz/surface.js";
import { watchdog } from "./fuzz/watchdog.js";

/** One file's function a surface, one line here; `share` of all cases, cheap ones more. */
export const surfaces: Readonly<
  Record<string, { readonly share: number; readonly open: () => Promise<Surface> }>
> = {
  images: { share: 0.3, open: async () => (await import("./fuzz/readers.js")).images() },
  weights: { share: 0.15, open: async () => (await import("./fuzz/readers.js")).weights() },
  config: { share: 0.04, open: async () => (await import("./fuzz/readers.js")).config() },
  serial: { share: 0.25, open: async () => (await import("./fuzz/talk.js")).serial() },
  "rig-replies": { share: 0.15, open: async () => (await import("./fuzz/talk.js")).rigReplies() },
  "rig-server": { share: 0.04, open: async () => (await import("./fuzz/talk.js")).rigServer() },
  stdio: { share: 0.05, open: async () => (await import("./fuzz/talk.js")).stdio() },
  http: { share: 0.02, open: async () => (await import("./fuzz/http.js")).http() },
};

/** So many failures of one surface, and it is left. */
const mostFailures = 20;
/** A case is slow from here; the watchdog ends the process far later. */
const slowMs = 3000;
/** Growth of the heap after collection that is a leak, MiB. */
const greatestGrowthMib = 200;

interface Fed {
  readonly cases: number;
  readonly failures: readonly Failure[];
  readonly worstMs: number;
}

/** Feeds one surface. @param first case of the seed to begin with */
export async function feedSurface(
  name: string,
  seed: number,
  count: number,
  out: string,
  first = 0,
): Promise<Fed> {
  const surface = await (surfaces[name] as { open: () => Promise<Surface> }).open();
  const failures: Failure[] = [];
  const guard = watchdog(name, seed);
  let worstMs = 0;
  let cases = 0;
  try {
    for (let k = first; k < first + count && failures.length < mostFailures; k++) {
      cases++;
      guard.at(k);
      const start = performance.now();
      try {
        await surface.feed(RandomStream.of(seed, "fuzz", name, k));
      } catch (thrown) {
        const file = join(out, `${name}-${seed}-${k}.bin`);
        if (thrown instanceof Complaint) writeFileSync(file, thrown.input);
        failures.push({ what: `${name}, case ${k}: ${(thrown as Error).message}`, seed, file });
      }
      const ms = performance.now() - start;
      worstMs = Math.max(worstMs, ms);
      if (ms > slowMs && name !== "http" && name !== "rig-server") {
        failures.push({ what: `${name}, case ${k} took ${Math.round(ms)} ms`, seed });
      }
    }
  } finally {
    guard.end();
    await surface.close?.();
  }
  return { cases, failures, worstMs };
}

export async function fuzz(options: EndureOptions, say: (line: string) => void): Promise<EndureReport> {
  const chosen = options.words.length > 0 ? options.words : Object.keys(surfaces);
  const total = chosen.reduce((sum, name) => sum + (surfaces[name]?.share ?? 0), 0);
  const failures: Failure[] = [];
  const figures: Record<string, number | string> = {};
  let cases = 0;
  const before = process.memoryUsage();
  for (const name of chosen) {
    const count = Math.max(1, Math.round((options.count * (surfaces[name]?.share ?? 0)) / total));
    const fed = await feedSurface(name, options.seed, count, options.out);
    cases += fed.cases;
    failures.push(...fed.failures);
    figures[`${name}: cases`] = fed.cases;
    figures[`${name}: longest case, ms`] = Math.round(fed.worstMs);
    say(`${name}: ${fed.cases} cases, ${fed.failures.length} failures`);
  }
  const after = process.memoryUsage();
  const grown = (after.heapUsed + after.external - before.heapUsed - before.external) / 2 ** 20;
  figures["memory grown, MiB"] = Math.round(grown);
  if (grown > greatestGrowthMib)
    failures.push({ what: `memory grew by ${Math.round(grown)} MiB`, seed: options.seed });
  return { target: "fuzz", seed: options.seed, cases, failures, figures };
}
