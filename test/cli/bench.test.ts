import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { catalogue } from "../../bench/catalogue-shared.js";
import { stedloop } from "./command-line.js";

it("every benchmark is in the catalogue, and --list tells of it without running any", async () => {
  const files = readdirSync(join(import.meta.dirname, "../../bench"))
    .filter((name) => name.endsWith(".ts") && !/-(data|worker|shared)\.ts$/.test(name))
    .map((name) => name.slice(0, -3));
  expect(Object.keys(catalogue).sort()).toEqual(files.sort());
  const { code, out, err } = await stedloop(["bench", "--list", "--json"]);
  expect([code, err]).toEqual([0, ""]);
  const names = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names.sort()).toEqual(files);
});
