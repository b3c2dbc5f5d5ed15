/** What each benchmark measures. */
export interface About {
  readonly what: string;
  /** Of a quiet 2-core machine, about; null where nobody has measured it. */
  readonly minutes: number | null;
  /** Part of docs/performance.md: what `bench` without a name runs. The others are of science, and named or `--all`. */
  readonly speed: boolean;
}

const about = (what: string, minutes: number | null, speed = false): About => ({ what, minutes, speed });

/** One line a benchmark. */
export const catalogue: Readonly<Record<string, About>> = {
  score: about("score path beside bare onnxruntime", null, true),
  service: about("frames by ZeroMQ and HTTP; a folder by all cores", null, true),
  latency: about("a published frame to its score at a page", null, true),
  journal: about("commits beside bare SQLite and files", null, true),
  simulator: about("simulated frames beside pySTED", null, true),
  "optimiser-speed": about("a proposal beside BoTorch", null, true),
  objectives: about("resolution estimates against the simulator's known resolution", null),
  optimiser: about("regret on test problems beside other optimisers (3 seeds)", null),
  "optimiser-context": about("fields of different brightness, told or not", null),
  "optimiser-hold": about("tuning again while the sample fades", null),
  "optimiser-preference": about("what an operator's choices teach", null),
  "optimiser-warm": about("warm start from other days", null),
  "simulator-budget": about("parts of the simulated microscope beside their time budget", null),
  "simulator-conformance": about("the simulator beside its reference tables", null),
  "simulator-study": about("the published parameter study: objectives by power, dwell time and lines", null),
  "simulator-pictures": about("pictures of docs/science, beside real frames", null),
};
