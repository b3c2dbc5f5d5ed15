import type { z } from "zod";
import { InputError, nearest } from "../core/index.js";
import { knownRange } from "./known.js";
import { objectiveSchema, parameterSchema, type RawSpace, rawSpaceSchema } from "./space-schema.js";

export function badSpace(where: string, message: string, hint?: string): InputError {
  return new InputError("BAD_SPACE", message, { where, ...(hint === undefined ? {} : { hint }) });
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`))
    .join("");
}

const knownKeys = [rawSpaceSchema, parameterSchema, objectiveSchema].flatMap((s) => Object.keys(s.shape));

/** The first fault of a zod check as one typed error that names the field. */
export function inputFault(code: string, error: z.ZodError, whole: string): InputError {
  const issue = error.issues[0] as z.core.$ZodIssue;
  const where = issue.path.length === 0 ? whole : pathText(issue.path);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const near = nearest(key, knownKeys);
    return new InputError(code, `unknown key '${key}'`, {
      where,
      ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
    });
  }
  return new InputError(code, issue.message.replace(/^Invalid (input|option): /, ""), { where });
}

/** Names that every object answers to would be found where nothing was given. */
function checkName(name: string, where: string): void {
  if (name in {}) throw badSpace(where, `'${name}' cannot be a name here`, "choose another one");
}

/** Narrower than this, relative to the numbers themselves, or wider than a double holds, nothing can be told apart. */
const narrowest = 1e-12;

function checkRange(p: RawSpace["parameters"][number], at: string): void {
  const { name, min, max } = p;
  if (!(min < max)) throw badSpace(`${at}.min`, `'${name}': min ${min} is not below max ${max}`);
  const width = max - min;
  if (width < narrowest * Math.max(Math.abs(min), Math.abs(max)) || width < 1e-290)
    throw badSpace(`${at}.max`, `'${name}': ${min} to ${max} is no range to search`);
  if (width > 1e150) throw badSpace(`${at}.max`, `'${name}': ${min} to ${max} is too wide; use another unit`);
  if (p.step !== undefined && width / p.step > 1e9)
    throw badSpace(`${at}.step`, `'${name}': step ${p.step} is too fine for the range`);
}

export function checkParameters(raw: RawSpace): void {
  const seen = new Set<string>();
  raw.parameters.forEach((p, i) => {
    const at = `parameters[${i}]`;
    if (seen.has(p.name)) throw badSpace(`${at}.name`, `'${p.name}' is given twice`);
    seen.add(p.name);
    checkName(p.name, `${at}.name`);
    checkRange(p, at);
    if (p.scale === "log" && p.min <= 0)
      throw badSpace(`${at}.min`, `'${p.name}': a log scale needs min above 0, got ${p.min}`);
    if (p.scale === "log" && !Number.isFinite(p.max / p.min))
      throw badSpace(`${at}.min`, `'${p.name}': ${p.min} to ${p.max} are too many decades`);
    if (p.integer === true && Math.floor(p.max) < Math.ceil(p.min) + 1)
      throw badSpace(`${at}.max`, `'${p.name}': fewer than two integers between ${p.min} and ${p.max}`);
    if (p.step !== undefined && p.step > p.max - p.min)
      throw badSpace(`${at}.step`, `'${p.name}': step ${p.step} is wider than the range`);
  });
}

export function checkObjectives(raw: RawSpace): void {
  const names = raw.parameters.map((p) => p.name);
  const seen = new Set<string>();
  raw.objectives.forEach((o, i) => {
    const at = `objectives[${i}]`;
    if (seen.has(o.name)) throw badSpace(`${at}.name`, `'${o.name}' is given twice`);
    seen.add(o.name);
    checkName(o.name, `${at}.name`);
    if (o.known !== undefined) {
      const { low, high } = knownRange(
        { product: o.known.product, factor: o.known.factor ?? 1 },
        raw.parameters,
      );
      if (!(Math.max(-low, high) < 1e150))
        throw badSpace(`${at}.known`, `'${o.name}' would be as large as ${Math.max(-low, high)}`);
    }
    for (const name of o.known?.product ?? []) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      throw badSpace(
        `${at}.known.product`,
        `'${o.name}' is a product with '${name}', which is not a parameter`,
        near === undefined ? undefined : `did you mean '${near}'?`,
      );
    }
    const { ideal, worstAcceptable: worst, direction } = o;
    if (
      ideal !== undefined &&
      o.limit !== undefined &&
      (direction === "minimise" ? o.limit <= ideal : o.limit >= ideal)
    )
      throw badSpace(
        `${at}.limit`,
        `'${o.name}': no value keeps the limit ${o.limit}; the ideal is ${ideal}`,
      );
    if (ideal === undefined || worst === undefined) return;
    if (direction === "minimise" ? worst <= ideal : worst >= ideal) {
      const side = direction === "minimise" ? "above" : "below";
      throw badSpace(
        `${at}.worstAcceptable`,
        `'${o.name}' is to ${direction}: worstAcceptable ${worst} must be ${side} the ideal ${ideal}`,
      );
    }
  });
}

export function checkNames(raw: RawSpace): void {
  const twice = raw.context?.find((name, i) => raw.context?.indexOf(name) !== i);
  if (twice !== undefined) throw badSpace("context", `'${twice}' is given twice`);
  const objectives = raw.objectives.map((o) => o.name);
  for (const name of Object.keys(raw.preference?.weights ?? {})) {
    if (!objectives.includes(name))
      throw badSpace(
        `preference.weights.${name}`,
        `'${name}' is not an objective`,
        `one of ${objectives.join(", ")}`,
      );
  }
  const weights = Object.values(raw.preference?.weights ?? {});
  if (raw.preference !== undefined && !weights.some((w) => w > 0))
    throw badSpace("preference.weights", "at least one weight must be above 0");
  for (const [name, limit] of Object.entries(raw.limits ?? {})) {
    if (limit.min !== undefined && limit.max !== undefined && limit.min > limit.max)
      throw badSpace(`limits.${name}.min`, `min ${limit.min} is above max ${limit.max}`);
  }
}
