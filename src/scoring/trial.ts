import { type Clock, RandomStream } from "../core/index.js";
import type { Engine } from "./engine.js";

/** What an engine said of the trial frame, and how long it took when warm. */
export interface Trial {
  readonly score: number;
  readonly ms: number;
}

const repeats = 3;
/** A graphics card in software takes seconds a frame: it is not asked twice. */
const enoughMs = 300;

/**
 * A real inference on a made-up frame (smoothed noise, the same for every engine): warms the engine up, shows that it
 * works, and gives the score by which engines are compared.
 */
export async function tryEngine(
  engine: Engine,
  [height, width]: readonly [number, number],
  clock: Clock,
): Promise<Trial> {
  const stream = RandomStream.of(1, "engine trial");
  const data = Float32Array.from({ length: height * width }, () => stream.uniform32());
  for (let i = 1; i < data.length; i++) data[i] = 0.8 * (data[i - 1] as number) + 0.2 * (data[i] as number);
  let score = Number.NaN;
  let ms = Number.POSITIVE_INFINITY;
  const begun = clock.monotonic();
  for (let i = 0; i < repeats && (i === 0 || clock.monotonic() - begun < enoughMs); i++) {
    const start = clock.monotonic();
    const out = await engine.score({ data: data.slice(), n: 1, height, width });
    ms = Math.min(ms, clock.monotonic() - start);
    // A network whose score is made of its heatmap is compared by that.
    const values = out.heatmap !== null && Number.isNaN(out.score[0]) ? out.heatmap.data : out.score;
    score = values.reduce((sum, v) => sum + v, 0) / values.length;
  }
  return { score, ms };
}
