import type { Settings } from "../../core/index.js";
import type { Mode } from "../../loop/index.js";
import { parseSettings } from "../options.js";

/** Options of `run` as commander hands them over. */
export interface RunOptions {
  readonly config?: string;
  readonly data: string;
  readonly host?: string;
  readonly port?: number;
  readonly iterations?: number;
  readonly headless?: boolean;
  readonly resume?: string;
  readonly mode?: Mode;
  readonly settings?: string;
  readonly count?: number;
  readonly seed?: number;
  readonly json?: boolean;
}
export type HoldChoice =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "best"; readonly run: string };

/** `--settings` of hold mode. */
export function holdChoice(text: string): HoldChoice {
  const best = /^best:(.+)$/.exec(text);
  return best === null
    ? { kind: "settings", settings: parseSettings(text) }
    : { kind: "best", run: best[1] as string };
}
