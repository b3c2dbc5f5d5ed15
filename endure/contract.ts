/** What an endurance target is: one file each, named in registry.ts. */
export interface EndureOptions {
  readonly count: number;
  readonly seed: number;
  /** Where failing cases and pictures are kept. */
  readonly out: string;
  /** Words behind the options, a target's own. */
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
  readonly cases: number;
  readonly failures: readonly Failure[];
  /** Figures of this run, by name with their unit. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export type Target = (options: EndureOptions, say: (line: string) => void) => Promise<EndureReport>;
