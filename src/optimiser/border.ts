import { InputError, nearest } from "../core/index.js";
import { type OptimiserSpace, parseSpace } from "./space.js";
import { badSpace } from "./space-check.js";

const doseNames = ["depletionPowerMw", "dwellTimeUs"];

/**
 * A space from outside (`optimise --space`, `POST /optimise`), where nothing but its parameters is ever set: there a limit on
 * anything else is a misspelt one, and would silently limit nothing.
 * @throws InputError BAD_SPACE that names the field
 */
export function parseForeignSpace(value: unknown, whole = "space"): OptimiserSpace {
  const space = parseSpace(value, whole);
  const names = space.parameters.map((p) => p.name);
  for (const name of Object.keys(space.limits ?? {})) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw badSpace(
      `limits.${name}`,
      `'${name}' is not a parameter`,
      near === undefined ? `one of ${names.join(", ")}` : `did you mean '${near}'?`,
    );
  }
  const missing = doseNames.find((name) => !names.includes(name));
  if (space.maxDoseUj !== undefined && missing !== undefined)
    throw badSpace(
      "maxDoseUj",
      `a dose cannot be computed without the parameter '${missing}'`,
      `dose = depletionPowerMw × dwellTimeUs × lineRepeats (1 where it is no parameter) / 1000`,
    );
  return space;
}

const observationKeys = ["settings", "objectives", "failed", "session", "context"];
const passed = ["op", "why", "ms", "n"];

/**
 * A key that is nearly one of an observation's ("faild", "objective") is a slip that would otherwise lose what it says;
 * anything else a program sends along is left alone.
 * @throws InputError BAD_PARAMS that names it
 */
export function refuseSlips(observation: unknown, at = ""): void {
  if (typeof observation !== "object" || observation === null || Array.isArray(observation)) return;
  for (const key of Object.keys(observation)) {
    if (observationKeys.includes(key) || passed.includes(key)) continue;
    const near = nearest(key, observationKeys);
    if (near === undefined || key.length < 4) continue;
    throw new InputError("BAD_PARAMS", `unknown key '${key}'`, {
      where: at === "" ? key : `${at}.${key}`,
      hint: `did you mean '${near}'?`,
    });
  }
}

const notANumber = /([:[,]\s*)(-?Infinity|NaN)(?=\s*[,}\]])/g;

/**
 * Python writes NaN and Infinity into what it calls JSON. Such a line is refused by the field that holds the first of
 * them; any other line that is no JSON is left to the caller.
 * @throws InputError BAD_PARAMS that names the field
 */
export function refuseNotANumber(line: string): void {
  if (line.search(notANumber) < 0) return;
  const at: string[] = [];
  const mark = "\u0000not a number ";
  const look = (value: unknown, path: string): void => {
    if (typeof value === "string" && value.startsWith(mark)) at.push(`${path} ${value.slice(mark.length)}`);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? `[${key}]` : `${path === "" ? "" : "."}${key}`;
      look(inner, `${path}${step}`);
    }
  };
  try {
    look(JSON.parse(line.replace(notANumber, `$1"\\u0000not a number $2"`)), "");
  } catch {
    return;
  }
  const [where = "line", what = "NaN"] = (at[0] ?? "").split(" ");
  throw new InputError("BAD_PARAMS", `${what} is not a number that JSON knows`, {
    where,
    hint: "tell null where there is no value",
  });
}
