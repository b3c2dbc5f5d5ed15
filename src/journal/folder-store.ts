import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AbsolutePath, AsyncReadable, AsyncWritable } from "zarrita";

/** A Zarr store in a folder whose files are on disk, not only handed to the system, once `flush` resolves. */
export class FolderStore implements AsyncReadable, AsyncWritable {
  private readonly folders = new Set<string>();

  constructor(private readonly root: string) {}

  async get(key: AbsolutePath): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.root, key));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw thrown;
    }
  }

  async set(key: AbsolutePath, value: Uint8Array): Promise<void> {
    const path = join(this.root, key);
    await this.makeFolder(dirname(path));
    await writeSynced(path, value);
  }

  /** Puts the folders' entries on disk. */
  async flush(): Promise<void> {
    const folders = [...this.folders];
    this.folders.clear();
    await Promise.all(folders.map(syncFolder));
  }

  private async makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (let at = folder; at.length >= this.root.length; at = dirname(at)) this.folders.add(at);
  }
}

/** Writes a whole file and waits until it is on the disk. */
export async function writeSynced(path: string, value: Uint8Array | string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(value);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces a file in one go: a reader, or a crash, sees the old one or the new one. */
export async function replaceSynced(path: string, value: Uint8Array | string): Promise<void> {
  const fresh = `${path}.new`;
  await writeSynced(fresh, value);
  await rename(fresh, path);
  await syncFolder(dirname(path));
}

/** Copies a folder with everything in it; all of the copy is on disk when this resolves. */
export async function copySynced(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) await copySynced(source, target);
      else await writeSynced(target, await readFile(source));
    }),
  );
  await syncFolder(to);
}

/** Puts one file on disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a folder's entries on disk. Windows has no such call; its file system journals them itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
