import { UsageError } from "../src/core/index.js";

export type { Row } from "./row-shared.js";

/**
 * The one option of a benchmark, `name=N` (or `--name=N`), a whole number of at least `least`.
 * @throws UsageError BAD_OPTION for anything else
 */
export function countFrom(args: readonly string[], name: string, usual: number, least = 1): number {
  const [first = `${name}=${usual}`] = args;
  const match = new RegExp(`^(?:--)?${name}=(\\d+)$`).exec(first);
  const count = Number(match?.[1]);
  if (match === null || args.length > 1 || count < least)
    throw new UsageError("BAD_OPTION", `'${args.join(" ")}': say ${name}=N, N at least ${least}`);
  return count;
}
