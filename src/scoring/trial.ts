import { type Clock, RandomStream, systemClock } from "../core/index.js";
import type { Card } from "./card.js";
import type { Engine } from "./engine.js";
import { scoreImage } from "./pipeline.js";

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

const warmUps = 12;
/** An engine slower than this gains nothing from a faster way to it. */
const slowMs = 100;

/** Scores made-up frames until the code around the engine is compiled, so that the first real frame is on time. */
export async function warmUp(engine: Engine, card: Card, engineMs: number): Promise<void> {
  if (engineMs > slowMs) return;
  const shape = [card.input.height, card.input.width] as const;
  if (Math.min(...shape) < 64) return;
  const stream = RandomStream.of(1, "warm-up");
  const pixels = Uint16Array.from({ length: shape[0] * shape[1] }, (_, i) => {
    const stripe = Math.floor((i % shape[1]) / 6) % 5 === 0 ? 30 : 1;
    return stripe + 3 * stream.uniform32();
  });
  for (let i = 0; i < warmUps; i++) {
    await scoreImage({ pixels, shape, pixelSizeNm: card.input.pixelSizeNm }, card, engine, systemClock);
  }
}
