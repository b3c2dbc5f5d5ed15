/** Fault scripts of rigs and of serial devices: a YAML list of `{at: {s | frame | command: n} | rate: p, fault: NAME, for?: s}`. */
import { readFileSync } from "node:fs";
import { isMap, isSeq, LineCounter, parseDocument, type Range } from "yaml";
import { z } from "zod";
import { InputError, unknownName } from "../../src/core/index.js";

const entrySchema = z
  .strictObject({
    fault: z.string(),
    at: z
      .union([
        z.strictObject({ s: z.number().nonnegative() }),
        z.strictObject({ frame: z.number().int().positive() }),
        z.strictObject({ command: z.number().int().positive() }),
      ])
      .optional(),
    rate: z.number().min(0).max(1).optional(),
    for: z.number().positive().optional(),
  })
  .refine((e) => (e.at === undefined) !== (e.rate === undefined), { message: "give either 'at' or 'rate'" });
export type FaultEntry = z.infer<typeof entrySchema>;

/** What an entry may be pinned to: seconds since the start, a frame, a command or message. */
export type Trigger = "s" | "frame" | "command";
const everyTrigger: readonly Trigger[] = ["s", "frame", "command"];

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
  const document = parseDocument(text, { lineCounter: counter });
  const lineOf = (range: Range | null | undefined): string =>
    `${file}:${range ? counter.linePos(range[0]).line : 1}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const line = counter.linePos(broken.pos[0]).line;
    throw new InputError("BAD_FAULTS", broken.message.split("\n")[0] ?? "not YAML", {
      where: `${file}:${line}`,
    });
  }
  const root = document.contents;
  if (root === null) return [];
  if (!isSeq(root)) {
    throw new InputError("BAD_FAULTS", "not a list", {
      where: lineOf(root.range),
      hint: "each entry: - {at: {frame: 3}, fault: frame-drop}",
    });
  }
  return root.items.map((item) => {
    const node = item as { range?: Range | null; toJSON?: () => unknown };
    const value: unknown = node.toJSON?.();
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const key = issue?.path[0];
      const at =
        isMap(item) && typeof key === "string" ? item.items.find((p) => String(p.key) === key) : undefined;
      const keyRange = (at?.key as { range?: Range } | undefined)?.range;
      const path = issue?.path.join(".") ?? "";
      throw new InputError(
        "BAD_FAULTS",
        `${path === "" ? "" : `${path}: `}${issue?.message ?? "bad entry"}`,
        {
          where: lineOf(keyRange ?? node.range),
        },
      );
    }
    if (!names.includes(parsed.data.fault)) {
      const unknown = unknownName("fault", parsed.data.fault, names);
      throw new InputError("BAD_FAULTS", unknown.message, {
        where: lineOf(node.range),
        ...(unknown.hint === undefined ? {} : { hint: unknown.hint }),
      });
    }
    const [pinned] = Object.keys(parsed.data.at ?? {}) as Trigger[];
    if (pinned !== undefined && !triggers.includes(pinned)) {
      throw new InputError("BAD_FAULTS", `at: there is no '${pinned}' here`, {
        where: lineOf(node.range),
        hint: `at takes ${triggers.join(" or ")}`,
      });
    }
    return parsed.data;
  });
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
