import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** The house of design.md §1: who may import whom. A folder that is not listed fails. */
const root = join(import.meta.dirname, "..");
const level: Record<string, number> = {
  "src/core": 0,
  "src/config": 1,
  drivers: 2,
  "src/scoring": 2,
  "src/objectives": 2,
  "src/optimiser": 2,
  "src/safety": 2,
  "src/journal": 2,
  "src/loop": 3,
  "src/training": 3,
  "src/study": 3,
  "src/server": 4,
  "src/fleet": 4,
  "src/web": 4,
  "src/cli": 5,
};
const maxLines = 250;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function files(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (name === "node_modules") return [];
    if (statSync(join(root, path)).isDirectory()) return files(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

function roomOf(path: string): string {
  const parts = path.split("/");
  return parts[0] === "drivers" ? "drivers" : parts.slice(0, 2).join("/");
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((m) =>
    relative(root, normalize(join(root, dirname(path), m[1] as string))).replace(/\.js$/, ".ts"),
  );
  return { path, room: roomOf(path), text, imports: found };
}

const sources = [...files("src"), ...files("drivers")].map(read);
const byPath = new Map(sources.map((s) => [s.path, s]));
const resolve = (path: string): string => (byPath.has(path) ? path : path.replace(/\.ts$/, ".tsx"));

/**
 * The door of a driver's folder is its index.ts; of drivers/ itself contract.ts, context.ts and registry.ts. The simulated
 * serial devices have a door of their own: whoever opens a laser loads no simulator, and the reverse.
 */
function isDoor(target: string): boolean {
  if (!target.startsWith("drivers/")) return target === `${roomOf(target)}/index.ts`;
  return (
    /^drivers\/(contract|light-contract|context|registry)\.ts$/.test(target) ||
    /^drivers\/([^/]+|serial\/sim)\/index\.ts$/.test(target)
  );
}

describe("architecture", () => {
  it("every folder is listed", () => {
    expect(sources.map((s) => s.room).filter((room) => level[room] === undefined)).toEqual([]);
  });

  it("imports go only downward, and through the door", () => {
    const wrong: string[] = [];
    for (const source of sources) {
      for (const target of source.imports) {
        const other = roomOf(target);
        const says = `${source.path} -> ${target}`;
        if (other === source.room) {
          const folder = (p: string): string => p.split("/").slice(0, 2).join("/");
          const crossesDriver =
            source.room === "drivers" &&
            target.split("/").length > 2 &&
            folder(source.path) !== folder(target);
          if (crossesDriver && !isDoor(target)) wrong.push(`${says} (not by the door)`);
          continue;
        }
        if ((level[other] ?? 99) >= (level[source.room] ?? -1)) wrong.push(`${says} (not downward)`);
        if (source.room === "drivers" && other !== "src/core")
          wrong.push(`${says} (drivers import core only)`);
        if (source.room === "src/loop" && other === "drivers" && target !== "drivers/contract.ts")
          wrong.push(`${says} (the loop knows the contract only)`);
        if (!isDoor(target) && source.room !== "src/web") wrong.push(`${says} (not by the door)`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("there is no cycle", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
        return;
      }
      if (done.has(path)) return;
      for (const next of byPath.get(path)?.imports ?? []) visit(resolve(next), [...trail, path]);
      done.add(path);
    };
    for (const source of sources) visit(source.path, []);
    expect(cycles).toEqual([]);
  });

  it(`no file is longer than ${maxLines} lines`, () => {
    const long = sources.filter((s) => s.text.split("\n").length - 1 > maxLines).map((s) => s.path);
    expect(long).toEqual([]);
  });

  it("only safety/approve.ts makes an Approved", () => {
    const wrong = sources.filter((s) => /\bas Approved\b/.test(s.text) && s.path !== "src/safety/approve.ts");
    expect(wrong.map((s) => s.path)).toEqual([]);
  });

  it("time and chance are passed in", () => {
    const free = /\b(Date\.now|Math\.random|setTimeout|setInterval|new Date\(\))/;
    const allowed = (path: string): boolean => path.startsWith("src/core/") || path === "src/web/time.ts";
    const wrong = sources.filter((s) => free.test(s.text) && !allowed(s.path)).map((s) => s.path);
    expect(wrong).toEqual([]);
  });
});
