import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** A simulated device and its driver check each other only while neither knows the other. */
const serial = join(import.meta.dirname, "../../drivers/serial");
const isSim = (path: string): boolean => path.startsWith("sim/") || /(^|\/)sim(-[^/]*)?\.ts$/.test(path);

function files(folder: string): string[] {
  return readdirSync(join(serial, folder)).flatMap((name) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    return statSync(join(serial, path)).isDirectory() ? files(path) : path.endsWith(".ts") ? [path] : [];
  });
}

it("no simulated device imports a driver, no driver a simulated device", () => {
  const wrong: string[] = [];
  for (const path of files("")) {
    for (const [, target = ""] of readFileSync(join(serial, path), "utf8").matchAll(
      /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g,
    )) {
      const full = new URL(target, `file:///${path}`).pathname.slice(1).replace(/\.js$/, ".ts");
      if (target.includes("src/core") || target.includes("faults/index")) continue;
      if (isSim(path) !== isSim(full)) wrong.push(`${path} -> ${full}`);
    }
  }
  expect(wrong).toEqual([]);
});

it("there are simulated devices to look at", () => {
  expect(files("").filter(isSim).length).toBeGreaterThan(20);
});
