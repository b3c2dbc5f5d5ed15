/** Fault scripts of rigs and of serial devices: a YAML list of `{at: {s | frame | command: n} | rate: p, fault: NAME, for?: s}`. */
import { readFileSync } from "node:fs";
import { isMap, isSeq, LineCounter, parseDocument, type Range } from "yaml";
import { InputError, unknownName } from "../../src/core/index.js";
import {
  complaintOf,
  entrySchema,
  everyTrigger,
  exampleEntry,
  type FaultEntry,
  type Trigger,
} from "./entry.js";

/**
 * Checks a script. @param names faults that it may use @param file for messages @param triggers what exists to pin a
 * fault to (a laser takes no frames)
 * @throws InputError whose `where` is file:line, also for a mistyped fault (with the nearest name)
 */
export function parseFaultScript(
  text: string,
  file: string,
  names: readonly string[],
  triggers: readonly Trigger[] = everyTrigger,
): FaultEntry[] {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineOf = (range: Range | null | undefined): string =>
    `${file}:${range ? counter.linePos(range[0]).line : 1}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const line = counter.linePos(broken.pos[0]).line;
    throw new InputError("BAD_FAULTS", broken.message.split("\n")[0] as string, {
      where: `${file}:${line}`,
      hint: exampleEntry,
    });
  }
  const root = document.contents;
  if (root === null) return [];
  if (!isSeq(root)) {
    throw new InputError("BAD_FAULTS", "not a list", {
      where: lineOf(root.range),
      hint: exampleEntry,
    });
  }
  return root.items.map((item) => {
    const value: unknown = (item as { toJSON?: () => unknown }).toJSON?.();
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const { message, hint, path } = complaintOf(parsed.error, value, triggers);
      throw new InputError("BAD_FAULTS", message, {
        where: lineOf(rangeOf(item, path)),
        hint: path[0] === "fault" && path.length === 1 ? `fault is one of ${names.join(", ")}` : hint,
      });
    }
    if (!names.includes(parsed.data.fault)) {
      const unknown = unknownName("fault", parsed.data.fault, names);
      throw new InputError("BAD_FAULTS", unknown.message, {
        where: lineOf(rangeOf(item, ["fault"])),
        ...(unknown.hint === undefined ? {} : { hint: unknown.hint }),
      });
    }
    const [pinned] = Object.keys(parsed.data.at ?? {}) as Trigger[];
    if (pinned !== undefined && !triggers.includes(pinned)) {
      throw new InputError("BAD_FAULTS", `at: there is no '${pinned}' here`, {
        where: lineOf(rangeOf(item, ["at"])),
        hint: `at takes ${triggers.join(" or ")}`,
      });
    }
    return parsed.data;
  });
}

/** Place of a key inside an entry, or of as much of the path as is there. */
function rangeOf(item: unknown, path: readonly string[]): Range | null | undefined {
  let range = (item as { range?: Range | null }).range;
  let node = item;
  for (const name of path) {
    const pair = isMap(node) ? node.items.find((p) => String(p.key) === name) : undefined;
    if (pair === undefined) break;
    range = (pair.key as { range?: Range | null }).range ?? range;
    node = pair.value;
  }
  return range;
}

/** @throws InputError when the file cannot be read or is no script */
export function readFaultScript(
  file: string,
  names: readonly string[],
  triggers: readonly Trigger[] = everyTrigger,
): FaultEntry[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new InputError("NO_FAULTS", "cannot be read", { where: file, cause });
  }
  return parseFaultScript(text, file, names, triggers);
}
