import { closest, distance } from "fastest-levenshtein";
import { UsageError } from "./errors.js";

/** Kinds by name; a heavy or native package loads only when its kind is named. */
export type Registry<T> = Readonly<Record<string, () => Promise<T>>>;

/** The nearest of `names` to a mistyped one, or undefined when none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const best = closest(name, [...names]);
  return distance(name, best) <= Math.max(2, Math.floor(name.length / 3)) ? best : undefined;
}

export async function fromRegistry<T>(what: string, registry: Registry<T>, name: string): Promise<T> {
  const make = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (make === undefined) throw unknownName(what, name, Object.keys(registry));
  return make();
}

/** "unknown strategy 'nehvy'" with the nearest name and the list. */
export function unknownName(what: string, name: string, names: readonly string[]): UsageError {
  const near = nearest(name, names);
  return new UsageError("UNKNOWN_NAME", `unknown ${what} '${name}'`, {
    hint: near === undefined ? `one of ${names.join(", ")}` : `did you mean '${near}'?`,
  });
}
