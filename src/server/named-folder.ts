import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { InputError } from "../core/index.js";
import type { Workshop } from "./workshop.js";

/**
 * A folder that somebody named, as it really lies on disk: links and `..` are followed before it is looked at whether it
 * is inside the data folder or one of those that the configuration allows.
 * @throws InputError FOLDER_NOT_ALLOWED outside them, NO_FOLDER where there is none inside them
 */
export async function namedFolder(
  given: string,
  { data, folders }: Pick<Workshop, "data" | "folders">,
): Promise<string> {
  const real = await realpath(resolve(given)).catch(() => null);
  if (folders !== null) {
    const roots = await Promise.all([data, ...folders].map((root) => realpath(root).catch(() => null)));
    // Of a folder that is not there nobody learns so but inside the allowed ones.
    const looked = real ?? resolve(given);
    const allowed = roots.some((root) => root !== null && isInside(looked, root));
    if (!allowed) {
      throw new InputError("FOLDER_NOT_ALLOWED", "this folder is outside those that the page may read", {
        hint:
          folders.length === 0
            ? "put the files into the data folder, or name their folder in `server.folders` of the configuration"
            : `choose one inside ${folders.join(", ")} or the data folder`,
      });
    }
  }
  if (real === null) {
    throw new InputError("NO_FOLDER", "there is no such folder on the daemon's computer", {
      hint: "give its full path",
    });
  }
  return real;
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}
