/** What else befalls a running daemon: its disk is full, its folder becomes read-only, its clock jumps. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { diskFillsUp, fullDisk } from "./full-disk.js";
import { complaints, lookInto } from "./journal-check.js";
import { finish, pause, stedloop } from "./processes.js";
import {
  iterations,
  mounted,
  noRight,
  patienceMs,
  recovered,
  refusedWell,
  runArgs,
  told,
  type Variant,
} from "./trouble.js";

const readOnly: Variant = async ({ seed, out }) => {
  const data = mkdtempSync(join(out, "read-only-"));
  const disk = mounted(data, 200 * 1024);
  if (disk === null) return noRight;
  try {
    disk.remount("ro");
    const end = await finish(stedloop(runArgs(data, seed, iterations)), patienceMs);
    const problems = end.code === 0 ? ["it ran in a folder that cannot be written"] : refusedWell(end);
    disk.remount("rw");
    problems.push(...(await recovered(data, seed)));
    return { note: `ended with ${end.code}: ${told(end, data)}; ran once writable`, problems };
  } finally {
    disk.end();
    rmSync(data, { recursive: true, force: true });
  }
};

const clockJumps: Variant = async ({ seed, out }) => {
  const data = mkdtempSync(join(out, "clock-"));
  const preload = join(data, "clock-jumps.mjs");
  writeFileSync(preload, clockScript);
  const daemon = stedloop(runArgs(data, seed, iterations), {
    NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`,
  });
  // A run may pause at a jump, because powers and leases were timed by it; it must not lose a step.
  await Promise.race([daemon.ended, pause(40_000)]);
  const before = await lookInto(data);
  daemon.child.kill("SIGKILL");
  const end = await daemon.ended;
  const problems = [...(await complaints(data, before)).found, ...(await recovered(data, seed))];
  rmSync(data, { recursive: true, force: true });
  const how = end.signal === null ? `ended with ${end.code}` : "still there after 40 s, then killed";
  return { note: `${before.done.size} steps under jumps of an hour, ${how}; resumed to its end`, problems };
};

/** Loaded before the program: the wall clock jumps by an hour to and fro every two seconds of true time. */
const clockScript = `const trueNow = Date.now.bind(Date);
const start = trueNow();
Date.now = () => {
  const phase = Math.floor((trueNow() - start) / 2000) % 3;
  return trueNow() + (phase === 1 ? 3600000 : phase === 2 ? -3600000 : 0);
};
`;

export const variants: Readonly<Record<string, Variant>> = {
  "full disk": fullDisk,
  "disk fills up": diskFillsUp,
  "read-only folder": readOnly,
  "clock jumps": clockJumps,
};
