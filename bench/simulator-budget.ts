/**
 * `npm run bench simulator-budget [write]`: the simulated microscope's parts beside the times that the specification (§7.14) allows them
 * (frames of 224 × 224 pixels of 20 nm with bleaching and noise, CPU time), and what a thousand frames leave behind in memory.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { kernelsOf, scanOf } from "../drivers/simulated/frame/render.js";
import { beams } from "../drivers/simulated/physics/beams.js";
import { anchorMicroscope } from "../drivers/simulated/physics/profile.js";
import { type BenchRow, exampleMap, mapFrame, timeFrames, writeTable } from "./simulator-shared.js";

const settings = { depletionPowerMw: 150, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
const frames = 1000;
/** Growth that is none: the collector's own granularity. */
const levelMb = 2;

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const map = exampleMap("factin1");
  const { optics } = anchorMicroscope();
  const scan = scanOf(settings, "sted", 224, 224);
  const row = (name: string, ours: number, theirs: number, unit = "CPU ms, budget"): BenchRow => ({
    name,
    ours,
    theirs,
    ratio: ours / theirs,
    unit,
  });
  const rows = [
    row("frame, hybrid", timeFrames(map, "hybrid", 60), 15),
    row("frame, event-driven", timeFrames(map, "event-driven", 30), 80),
    // A microscope that is not known yet: its beams are not reckoned, its kernels are.
    row("kernels of new settings", kernels(scan), 3),
    row(
      "beams",
      fresh(5, () => void beams({ ...optics }, 20e-9, 1)),
      150,
    ),
    row(`heap after ${frames} frames, growth`, growthMb(map), levelMb, "MB, taken as level"),
  ];
  if (args.includes("write")) {
    const lines = rows.map((r) => `| ${r.name} | ${r.ours.toFixed(2)} | ${r.theirs} | ${r.unit} |`);
    const head = ["| what | ours | at most | unit |", "|---|---|---|---|"];
    writeTable("budget", "npm run bench simulator-budget write", [...head, ...lines].join("\n"));
  }
  return rows;
}

/** Median CPU time, ms. */
function fresh(count: number, work: (i: number) => void): number {
  const times = Array.from({ length: count }, (_, i) => {
    const began = process.cpuUsage();
    work(i);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[count >> 1] ?? Number.NaN;
}

/** Kernels are kept by settings: each time others. Ten at a time, because the clock of CPU time ticks coarsely. */
function kernels(scan: ReturnType<typeof scanOf>): number {
  const microscope = anchorMicroscope();
  const of = (i: number): void => void kernelsOf(microscope, { ...scan, depletionW: 0.05 + 1e-4 * i }, 20, 0);
  of(0);
  return (
    fresh(9, (i) => {
      for (let k = 0; k < 10; k++) of(1 + 10 * i + k);
    }) / 10
  );
}

/** Heap and typed arrays after a hundred frames and after a thousand more, collected before each look. */
function growthMb(map: Int32Array): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 2 ** 20;
  };
  const some = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      mapFrame(map, { ...settings, depletionPowerMw: 100 + (i % 200) }, i, { method: "hybrid" });
    }
  };
  some(0, 200);
  const before = used();
  some(200, frames);
  return used() - before;
}
