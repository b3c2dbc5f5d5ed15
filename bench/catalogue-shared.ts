/** What each benchmark measures, and about how many minutes of a quiet 2-core machine it takes. */
export interface About {
  readonly what: string;
  readonly minutes: number;
  /** Part of docs/performance.md: what `bench` without a name runs. The others are of science, and named or `--all`. */
  readonly speed: boolean;
}

const about = (what: string, minutes: number, speed = false): About => ({ what, minutes, speed });

/** One line a benchmark. */
export const catalogue: Readonly<Record<string, About>> = {
  score: about("score path beside bare onnxruntime", 1, true),
  service: about("frames by ZeroMQ and HTTP; a folder by all cores", 1, true),
  latency: about("a published frame to its score at a page", 1, true),
  journal: about("commits beside bare SQLite and files", 1, true),
  simulator: about("simulated frames beside pySTED", 1, true),
  "optimiser-speed": about("a proposal beside BoTorch", 1, true),
  objectives: about("resolution estimates against the simulator's known resolution", 1),
  optimiser: about("regret on test problems beside other optimisers (3 seeds)", 1),
  "optimiser-context": about("fields of different brightness, told or not", 1),
  "optimiser-hold": about("tuning again while the sample fades", 1),
  "optimiser-preference": about("what an operator's choices teach", 1),
  "optimiser-warm": about("warm start from other days", 1),
  "simulator-budget": about("parts of the simulated microscope beside their time budget", 1),
  "simulator-conformance": about("the simulator beside its reference tables", 1),
  "simulator-pictures": about("pictures of docs/science, beside real frames", 1),
};
