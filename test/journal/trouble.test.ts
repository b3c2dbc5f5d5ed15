import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { openJournal } from "../../src/journal/index.js";
import { storeError } from "../../src/journal/store-errors.js";
import { sampleFrame, sampleRun, testFolder, testJournal } from "./sample.js";

const child = (name: string): string => join(import.meta.dirname, "children", name);
const ownMounts = ["-rm", "sh", "-c"];
/** A file system of 3 MB for one child process alone: Linux's user namespaces, where they are allowed. */
const canMount = spawnSync("unshare", [...ownMounts, "mount -t tmpfs -o size=3m tmpfs /mnt"]).status === 0;

describe("a full disk", () => {
  it.skipIf(!canMount)(
    "refuses the step whole, keeps the earlier ones, and goes on once there is room",
    () => {
      const script = `mount -t tmpfs -o size=3m tmpfs /mnt && node ${child("fill-disk.mjs")} /mnt`;
      const ran = spawnSync("unshare", [...ownMounts, script], { encoding: "utf8" });
      expect(ran.stderr).toBe("");
      const said = JSON.parse(ran.stdout);
      expect(said.codes).toEqual(["DISK_FULL", "DISK_FULL"]);
      expect(said.line).toContain("no space left on the disk");
      expect(said.line).toContain("free some space");
      expect(said.committed).toBeGreaterThan(5);
      expect(said.keptDone).toBe(said.committed);
      expect(said.framesWhole).toBe(true);
      expect(said.after).toEqual(["finished", said.committed + 1]);
    },
  );
});

describe("a folder that cannot be used", () => {
  it("says so when a file stands in its place", async () => {
    const folder = testFolder();
    const path = join(folder, "data");
    writeFileSync(path, "a file");
    const opening = openJournal(path, { clock: systemClock, logger: silentLogger });
    await expect(opening).rejects.toMatchObject({ code: "DATA_UNWRITABLE", where: path });
  });

  it.skipIf(process.platform === "win32")("says so when it may not be written", () => {
    const folder = testFolder();
    mkdirSync(join(folder, "data"));
    chmodSync(join(folder, "data"), 0o555);
    chmodSync(folder, 0o755);
    // The superuser may write anywhere: the child is somebody else.
    const root = process.getuid?.() === 0;
    const ran = spawnSync("node", [child("open-journal.mjs"), join(folder, "data")], {
      encoding: "utf8",
      cwd: "/",
      ...(root ? { uid: 65534, gid: 65534 } : {}),
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ code: "DATA_UNWRITABLE", name: "StoreError" });
  });

  it("says so when its journal is something else", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "journal.sqlite"), "my diary ".repeat(500));
    const opening = openJournal(folder, { clock: systemClock, logger: silentLogger });
    await expect(opening).rejects.toMatchObject({ code: "JOURNAL_DAMAGED", name: "StoreError" });
    // The lock was given back.
    await expect(openJournal(folder, { clock: systemClock, logger: silentLogger })).rejects.toMatchObject({
      code: "JOURNAL_DAMAGED",
    });
  });
});

describe("a damaged frame", () => {
  it("is not given out as a measurement", async () => {
    const folder = testFolder();
    const journal = await testJournal(folder);
    await journal.createRun(sampleRun());
    await journal.addFrame("run-1", { role: "extra", frame: sampleFrame("one"), score: null });
    await journal.addFrame("run-1", { role: "extra", frame: sampleFrame("two"), score: null });
    const [one, two] = await journal.reader.extras("run-1");
    const chunk = (hash = ""): string => join(folder, "frames", "run-1.zarr", "extra", hash, "0/c/0/0");
    copyFileSync(chunk(two?.hash), chunk(one?.hash));
    await expect(journal.reader.frame("run-1", "one")).rejects.toMatchObject({ code: "FRAME_DAMAGED" });
    writeFileSync(chunk(two?.hash), "rubbish");
    await expect(journal.reader.frame("run-1", "two")).rejects.toMatchObject({ name: "StoreError" });
  });
});

describe("the line for the operator", () => {
  const coded = (code: string): Error => Object.assign(new Error("cause"), { code });
  it.each([
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["SQLITE_FULL", "DISK_FULL"],
    ["EROFS", "DATA_UNWRITABLE"],
    ["SQLITE_READONLY_DBMOVED", "DATA_UNWRITABLE"],
    ["SQLITE_CORRUPT", "JOURNAL_DAMAGED"],
    ["SQLITE_IOERR_FSYNC", "DISK_IO"],
    ["EIO", "DISK_IO"],
    ["SQLITE_BUSY", "JOURNAL_BUSY"],
    ["ESOMETHING", "JOURNAL_FAILED"],
  ])("of %s is %s, with the place and what to do", (code, ours) => {
    const error = storeError(coded(code), "/data/journal.sqlite");
    expect(error.code).toBe(ours);
    expect(error.line).toMatch(/^\/data\/journal\.sqlite: .+ \(cause\) \(.+\)$/);
  });
});
