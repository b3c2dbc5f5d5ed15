/** What an endurance target is: one file each, named in registry.ts. */
export interface EndureOptions {
  readonly count: number;
  readonly seed: number;
  /** Where failing cases and pictures are kept. */
  readonly out: string;
  /** How many independent runs go on at a time, for targets that can. */
  readonly jobs: number;
  /** Words behind the target's name: parts of it that alone are wanted. */
  readonly words: readonly string[];
}

export interface Failure {
  /** Enough to do it again: the seed of the case, and where its bytes lie. */
  readonly what: string;
  readonly seed: number;
  readonly file?: string;
}

export interface EndureReport {
  readonly target: string;
  readonly seed: number;
  /** Cases that were really tried; none is no success. */
  readonly cases: number;
  readonly failures: readonly Failure[];
  /** Figures of this run, by name with their unit. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export type Target = (options: EndureOptions, say: (line: string) => void) => Promise<EndureReport>;

/** One line of registry.ts. */
export interface TargetEntry {
  readonly count: number;
  /** What one case is, for the help. */
  readonly about: string;
  /** Words it takes; empty = none. */
  readonly words: () => Promise<readonly string[]>;
  readonly load: () => Promise<Target>;
}
