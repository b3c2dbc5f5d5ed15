/** What each benchmark measures. */
export interface About {
  readonly what: string;
  /** Part of docs/performance.md: what `bench` without a name runs. The others are of science, and named or `--all`. */
  readonly speed: boolean;
}

const about = (what: string, speed = false): About => ({ what, speed });

/** One line a benchmark. */
export const catalogue: Readonly<Record<string, About>> = {
  score: about("score path beside bare onnxruntime", true),
  service: about("frames by ZeroMQ and HTTP; a folder by all cores", true),
  latency: about("a published frame to its score at a page", true),
  journal: about("commits beside bare SQLite and files", true),
  simulator: about("simulated frames beside pySTED", true),
  "optimiser-speed": about("a proposal beside BoTorch", true),
  objectives: about("resolution estimates against the simulator's known resolution"),
  optimiser: about("regret on test problems beside other optimisers (3 seeds)"),
  "optimiser-context": about("fields of different brightness, told or not"),
  "optimiser-hold": about("tuning again while the sample fades"),
  "optimiser-preference": about("what an operator's choices teach"),
  "optimiser-warm": about("warm start from other days"),
  "simulator-budget": about("parts of the simulated microscope beside their time budget"),
  "simulator-conformance": about("the simulator beside its reference tables"),
  "simulator-study": about("the published parameter study: objectives by power, dwell time and lines"),
  "simulator-pictures": about("pictures of docs/science, beside real frames"),
};
