import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type EpochRecord, epochSchema } from "./checkpoint.js";

const headSchema = z.object({ history: z.array(epochSchema) });
const most = 4 * 2 ** 20;

/** The epochs of a training so far, out of the head of its last checkpoint in `out`; none before the first epoch. */
export function trainingHistory(out: string): readonly EpochRecord[] {
  const file = join(out, "checkpoints", "last.ckpt");
  if (!existsSync(file)) return [];
  const fd = openSync(file, "r");
  try {
    const head = Buffer.alloc(64 * 1024);
    let text = "";
    for (let at = 0; at < most; at += head.length) {
      const n = readSync(fd, head, 0, head.length, at);
      const end = head.subarray(0, n).indexOf(10);
      text += head.toString("utf8", 0, end < 0 ? n : end);
      if (end >= 0 || n === 0) break;
    }
    return headSchema.parse(JSON.parse(text)).history;
  } catch {
    // Not a checkpoint of ours: a curve is not worth failing for.
    return [];
  } finally {
    closeSync(fd);
  }
}
