import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "../core/index.js";
import { safetyFaults } from "./check-safety.js";
import { type Limits, type SafetyFile, safetyFileSchema } from "./safety-schema.js";
import { type Config, configSchema, defaultLimits, isObserveOnly } from "./schema.js";
import { readYaml } from "./yaml-file.js";

/** A configuration with every path absolute and the limits in one place. */
export type ResolvedConfig = Omit<Config, "limits" | "safety"> & {
  readonly limits: Limits;
  /** From the safety file; absent where there is none, as in the journals of earlier versions. */
  readonly sources?: SafetyFile["sources"];
  readonly dose?: SafetyFile["dose"];
  readonly combinations?: SafetyFile["combinations"];
  /** The file it was read from; null for the built-in default. */
  readonly file: string | null;
};

/** Loads a configuration. Without a file: the simulated rig with every default. Throws ConfigError naming the lines. */
export function loadConfig(file?: string): ResolvedConfig {
  const config =
    file === undefined ? configSchema.parse({ rig: { kind: "simulated" } }) : readYaml(file, configSchema);
  const base = file === undefined ? process.cwd() : dirname(resolve(file));
  const where = file ?? "default configuration";
  const { limits, safety, ...rest } = config;
  if (limits !== undefined && safety !== undefined) {
    throw new ConfigError("CONFIG_INVALID", "give either 'limits' or 'safety', not both", { where });
  }
  const rules: SafetyFile =
    safety === undefined
      ? { limits: limits ?? defaultLimits }
      : readYaml(absolute(base, safety), safetyFileSchema);
  checkTogether({ ...rest, ...rules }, rules.limits, where);
  return {
    ...rest,
    // A watched folder cannot be told what to take: whatever the file says, it is observed.
    mode: isObserveOnly(rest.rig.kind) ? "observe" : rest.mode,
    rig: withAbsolutePaths(rest.rig, base),
    model: modelPath(base, rest.model),
    ...(rest.remote?.tokenFile === undefined
      ? {}
      : { remote: { ...rest.remote, tokenFile: absolute(base, rest.remote.tokenFile) } }),
    server: {
      ...rest.server,
      ...(rest.server.tokens === undefined ? {} : { tokens: absolute(base, rest.server.tokens) }),
      ...(rest.server.folders === undefined
        ? {}
        : { folders: rest.server.folders.map((folder) => absolute(base, folder)) }),
    },
    ...rules,
    file: file === undefined ? null : resolve(file),
  };
}

/** A bare name stays a name (the package's models/); anything with a separator, or a folder that is there, is a path. */
function modelPath(base: string, model: string): string {
  if (/[\\/]/.test(model)) return absolute(base, model);
  return existsSync(join(base, model, "card.json")) ? join(base, model) : model;
}

function withAbsolutePaths(rig: Config["rig"], base: string): Config["rig"] {
  if (rig.kind === "watch") return { ...rig, folder: absolute(base, rig.folder) };
  if (rig.kind === "simulated" && rig.faults !== undefined)
    return { ...rig, faults: absolute(base, rig.faults) };
  if (rig.kind === "composite") {
    const { curve } = rig.scanner;
    const keys = curve === undefined ? {} : { curve: { ...curve, keys: absolute(base, curve.keys) } };
    const light = rig.light.map((l) =>
      l.calibration === undefined ? l : { ...l, calibration: absolute(base, l.calibration) },
    );
    return { ...rig, scanner: { ...rig.scanner, ...keys }, light };
  }
  if (rig.kind !== "zeromq" || rig.curve === undefined) return rig;
  return { ...rig, curve: { ...rig.curve, keys: absolute(base, rig.curve.keys) } };
}

function absolute(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}

/** What no single key can say: bounds the right way round, and a limit for every name. Missing means no. */
function checkTogether(config: Omit<ResolvedConfig, "file">, limits: Limits, where: string): void {
  const faults: string[] = [];
  for (const [name, bounds] of Object.entries(config.parameters)) {
    if (!(bounds.min < bounds.max))
      faults.push(`parameters.${name}: min ${bounds.min} is not below max ${bounds.max}`);
    if (bounds.scale === "log" && !(bounds.min > 0))
      faults.push(`parameters.${name}: a log scale needs min above 0`);
    if (name in config.fixed) faults.push(`'${name}' is both in parameters and in fixed`);
  }
  if (config.mode !== "observe" && !isObserveOnly(config.rig.kind)) {
    if (Object.keys(config.parameters).length === 0) faults.push("parameters: nothing to turn");
    const used: [string, number, number][] = [
      ...Object.entries(config.parameters).map(([n, b]): [string, number, number] => [n, b.min, b.max]),
      ...[...Object.entries(config.fixed), ...Object.entries(config.confocal)].map(
        ([n, v]): [string, number, number] => [n, v, v],
      ),
    ];
    for (const [name, low, high] of used) {
      const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
      if (limit === undefined) faults.push(`limits has no entry for '${name}': missing means refused`);
      else if (high > limit.max) faults.push(`'${name}' up to ${high} is above its limit of ${limit.max}`);
      else if (limit.min !== undefined && low < limit.min)
        faults.push(`'${name}' from ${low} is below its limit of ${limit.min}`);
    }
  }
  if (faults.length === 0) faults.push(...safetyFaults(config));
  if (config.rig.kind === "composite") {
    for (const { name } of config.rig.light) {
      if (config.sources !== undefined && Object.hasOwn(config.sources, name)) continue;
      faults.push(`the safety file's sources have no entry for '${name}': missing means refused`);
    }
  }
  if (config.engine === "remote" && config.remote === undefined)
    faults.push("engine: remote needs `remote: {url}`");
  const names = config.objectives.map((o) => o.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) faults.push(`objectives: '${twice}' is listed twice`);
  if (faults.length > 0) {
    throw new ConfigError("CONFIG_INVALID", [...new Set(faults)].join("; "), { where, data: { faults } });
  }
}

/** Hash of everything that limits light; of the limits alone where there is nothing else. */
export function safetyHash(config: ResolvedConfig): string {
  const { limits, sources, dose, combinations } = config;
  const extras = [sources, dose, combinations].some((part) => part !== undefined);
  return stableHash(extras ? { limits, sources, dose, combinations } : limits);
}

/** Key-sorted JSON, so that equal configurations have equal hashes. */
export function stableHash(value: unknown): string {
  return createHash("sha256").update(stableJson(value)).digest("hex");
}

function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${stableJson(v)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
