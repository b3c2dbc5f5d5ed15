import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FolderWatch } from "../../drivers/watch/folder-watch.js";
import { VirtualClock } from "../../src/core/index.js";

async function watchFolder(options: { readonly subfolders?: boolean } = {}) {
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
    ...options,
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

/** Looks until a file has had its time to settle. */
async function settle({ watch, clock }: Awaited<ReturnType<typeof watchFolder>>): Promise<void> {
  await watch.look();
  await clock.advance(301);
  await watch.look();
}

it("waits for a file whose writer holds a lock beside it", async () => {
  const w = await watchFolder();
  const locks = ["a.tif.lock", ".b.tif.lock", "~c.tif", ".~lock.d.tif#"];
  for (const name of ["a.tif", "b.tif", "c.tif", "d.tif"]) writeFileSync(w.path(name), "whole");
  for (const lock of locks) writeFileSync(w.path(lock), "");
  await settle(w);
  expect(w.told).toEqual([]);
  for (const lock of locks) {
    rmSync(w.path(lock));
    await settle(w);
  }
  expect(w.told).toEqual(["a.tif", "b.tif", "c.tif", "d.tif"]);
});

it("tells of a file that is renamed into place, and again of one that takes its name", async () => {
  const w = await watchFolder();
  writeFileSync(w.path("a.tif.part"), "first");
  await settle(w);
  expect(w.told).toEqual([]);
  renameSync(w.path("a.tif.part"), w.path("a.tif"));
  await settle(w);
  expect(w.told).toEqual(["a.tif"]);
  writeFileSync(w.path("other"), "another, longer");
  renameSync(w.path("other"), w.path("a.tif"));
  // Told of by the system, or at the latest by the tenth look.
  for (let i = 0; i < 11; i++) await settle(w);
  expect(w.told).toEqual(["a.tif", "a.tif"]);
});

it("looks into subfolders when it is told to, but not into hidden ones", async () => {
  const w = await watchFolder({ subfolders: true });
  mkdirSync(w.path("day 1/cell 2"), { recursive: true });
  mkdirSync(w.path(".cache"));
  for (const name of ["day 1/cell 2/a.tif", "b.tif", ".cache/c.tif"]) writeFileSync(w.path(name), "whole");
  writeFileSync(w.path("day 1/cell 2/a.tif.lock"), "");
  await settle(w);
  expect(w.told).toEqual(["b.tif"]);
  rmSync(w.path("day 1/cell 2/a.tif.lock"));
  await settle(w);
  expect(w.told).toEqual(["b.tif", "day 1/cell 2/a.tif"]);
  const flat = await watchFolder();
  mkdirSync(flat.path("below"));
  writeFileSync(flat.path("below/a.tif"), "whole");
  await settle(flat);
  expect(flat.told).toEqual([]);
});

it("finds a new file among 10 000 within a second a look", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (let i = 0; i < 10_000; i++) writeFileSync(join(folder, `frame ${i}.tif`), "x");
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
  onTestFinished(() => watch.close());
  expect((await watch.start()).slice(0, 3)).toEqual(["frame 0.tif", "frame 1.tif", "frame 2.tif"]);
  writeFileSync(join(folder, "new.tif"), "x");
  const began = performance.now();
  for (let i = 0; i < 11; i++) {
    await watch.look();
    await clock.advance(301);
  }
  expect(told).toEqual(["new.tif"]);
  // Eleven looks, one or two of them at every file.
  expect(performance.now() - began).toBeLessThan(11_000);
});
