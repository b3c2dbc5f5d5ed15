import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FolderWatch } from "../../drivers/watch/folder-watch.js";
import { VirtualClock } from "../../src/core/index.js";

async function watchFolder() {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-watch-"));
  const clock = new VirtualClock();
  const told: string[] = [];
  const watch = new FolderWatch({
    folder,
    accepts: (name) => name.endsWith(".tif"),
    clock,
    pollMs: 1000,
    settleMs: 300,
    onFile: (name) => told.push(name),
    onTrouble: () => undefined,
  });
  onTestFinished(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await watch.start();
  return { path: (name: string) => join(folder, name), clock, told, watch };
}

it("tells of a file when it has stood still, not while it grows", async () => {
  const { path, clock, told, watch } = await watchFolder();
  writeFileSync(path("a.tif"), "one");
  await watch.look();
  for (let part = 0; part < 5; part++) {
    await clock.advance(299);
    appendFileSync(path("a.tif"), "more");
    await watch.look();
  }
  await clock.advance(299);
  await watch.look();
  expect(told).toEqual([]);
  await clock.advance(2);
  await watch.look();
  await watch.look();
  expect(told).toEqual(["a.tif"]);
});

it("leaves an empty file alone until something is in it", async () => {
  const { path, clock, told, watch } = await watchFolder();
  writeFileSync(path("a.tif"), "");
  for (let i = 0; i < 3; i++) {
    await watch.look();
    await clock.advance(400);
  }
  expect(told).toEqual([]);
  writeFileSync(path("a.tif"), "now");
  await watch.look();
  await clock.advance(400);
  await watch.look();
  expect(told).toEqual(["a.tif"]);
});

it("leaves no timer behind", async () => {
  const { path, clock, watch } = await watchFolder();
  writeFileSync(path("a.tif"), "one");
  await watch.look();
  expect(clock.openTimers).toBe(2);
  watch.close();
  expect(clock.openTimers).toBe(0);
});
