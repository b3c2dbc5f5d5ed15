import type {
  Direction,
  Image,
  ObjectiveValue,
  ParameterSpec,
  ScoreRecord,
  Settings,
} from "../core/index.js";
import type { FrameSpectrum, Untrusted } from "./frame-spectrum.js";

/** What one step gives to look at: frames that are missing are null. */
export interface Triple {
  /** Confocal before, STED, confocal after; counts. */
  readonly before: Image | null;
  readonly sted: Image | null;
  readonly after: Image | null;
  /** Score of the STED frame. */
  readonly score: ScoreRecord | null;
  readonly settings: Settings;
}
export type Input = "before" | "sted" | "after" | "score" | "settings";

export interface ObjectiveDefinition {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly direction: Direction;
  readonly needs: readonly Input[];
  /** The good end of the range; known objectives compute theirs from the parameters' bounds. */
  readonly ideal: number | "least";
  /** Used when the config gives none. */
  readonly worstAcceptable: number;
  readonly known?: { readonly product: readonly string[]; readonly factor?: number };
  /** Null with a reason where it cannot be trusted; never throws on finite counts. */
  evaluate(triple: Triple, shared: Shared): ObjectiveValue;
}

/** A period, nm, or why there is none. */
export type Estimate = { readonly valueNm: number } | { readonly reason: string };
/** Resolution of one frame by two kinds of evidence. */
export interface Resolution {
  readonly ringCorrelation: Estimate;
  readonly decorrelation: Estimate;
}

/** What several objectives need of one triple, computed once and only when asked for. */
export interface Shared {
  /** Foreground of the confocal frame before, null when there is none. */
  before(): Uint8Array | null;
  /** Foreground of the STED frame, null when there is none. */
  sted(): Uint8Array | null;
  /** Why nothing can be said of the structure in the STED frame, null when it can. */
  stedProblem(): string | null;
  stedSpectrum(): FrameSpectrum | Untrusted;
  /** The STED frame with the light put back that its counter missed, null where its noise shows no dead time. */
  stedStraight(): Image | null;
  resolution(): Resolution;
}

/** Least value of a known product inside the parameters' bounds (fixed settings count as both bounds). */
export function leastKnown(
  known: { readonly product: readonly string[]; readonly factor?: number },
  parameters: readonly Pick<ParameterSpec, "name" | "min">[],
  fixed: Settings,
): number {
  let value = known.factor ?? 1;
  for (const name of known.product) {
    const bound =
      parameters.find((p) => p.name === name)?.min ?? fixed[name] ?? (name === "lineRepeats" ? 1 : 0);
    value *= bound;
  }
  return value;
}
