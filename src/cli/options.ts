import { InvalidArgumentError, Option } from "commander";
import {
  InputError,
  type Settings,
  seedRange,
  settingAliases,
  settingsSchema,
  UsageError,
} from "../core/index.js";

/** Parsers of option values; commander turns their complaint into one line and exit code 2. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
      const open = max === Number.MAX_SAFE_INTEGER && !(value > max);
      const range = open ? `at least ${min}` : `${min} … ${max}`;
      throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
    }
    return value;
  };
}

export function number(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a number, at least ${min}.`);
    }
    return value;
  };
}

/** `--seed`, in decimal digits. */
export function seed(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(`It must be ${seedRange}.`);
}

export function modeOption(): Option {
  return new Option("--mode <mode>", "rig: with what real rigs do; anchor: the published model")
    .choices(["rig", "anchor"])
    .default("rig");
}

export function dyeOption(): Option {
  return new Option("--dye <dye>", "dye profile").choices(["gym", "atto"]).default("gym");
}

/** `--settings JSON`: named numbers; the field's own names (p_sted, pdt…) are taken as ours. */
export function parseSettings(text: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError("BAD_SETTINGS", "settings are not JSON", {
      where: "--settings",
      hint: `for example '{"depletionPowerMw": 100, "excitationPowerUw": 10, "dwellTimeUs": 10}'`,
    });
  }
  return toSettings(value, "--settings");
}

/** Checks named numbers from outside and gives them our names. @throws InputError naming the path */
export function toSettings(value: unknown, where: string): Settings {
  const result = settingsSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path.join(".") ?? "";
    throw new InputError(
      "BAD_SETTINGS",
      `${path === "" ? "settings" : `'${path}'`}: ${issue?.message ?? "wrong"}`,
      { where },
    );
  }
  return Object.fromEntries(
    Object.entries(result.data).map(([name, v]) => [
      Object.hasOwn(settingAliases, name) ? (settingAliases[name] as string) : name,
      v,
    ]),
  );
}
