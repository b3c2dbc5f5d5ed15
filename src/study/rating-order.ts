import { RandomStream } from "../core/index.js";

export interface RatedFrame {
  readonly id: string;
  /** What the network says; null where it says nothing. */
  readonly score: number | null;
  /** Width of its interval; null where there is none. */
  readonly width: number | null;
}
export interface OrderOptions {
  readonly order: "random" | "active";
  readonly seed: number;
  readonly rater: string;
  /** Share of frames that come back unannounced. */
  readonly repeatShare: number;
}
/** What a rater did so far, in order. A skipped frame comes again after all others. */
export interface Done {
  readonly id: string;
  readonly repeat: boolean;
}
export interface Next {
  readonly id: string;
  readonly repeat: boolean;
}

/** A frame comes back when this many others were judged since. */
const leastGap = 8;

/** The frames of a rater that are shown a second time. */
export function repeatsOf(frames: readonly RatedFrame[], options: OrderOptions): ReadonlySet<string> {
  const count = Math.ceil(frames.length * options.repeatShare);
  const stream = RandomStream.of(options.seed, "repeat", options.rater);
  return new Set(stream.shuffle(frames.map((f) => f.id)).slice(0, count));
}

/**
 * The next frame for a rater; null at the end. A repeat comes as soon as enough others lie between, so that nobody can
 * tell it from a new frame by its place.
 */
export function nextFrame(
  frames: readonly RatedFrame[],
  done: readonly Done[],
  skipped: readonly string[],
  options: OrderOptions,
): Next | null {
  const judged = new Map(done.filter((d) => !d.repeat).map((d) => [d.id, done.indexOf(d)]));
  const repeated = new Set(done.filter((d) => d.repeat).map((d) => d.id));
  const repeats = [...repeatsOf(frames, options)].filter((id) => judged.has(id) && !repeated.has(id));
  const ripe = repeats.find((id) => done.length - 1 - (judged.get(id) ?? 0) >= gapOf(id, options));
  if (ripe !== undefined) return { id: ripe, repeat: true };
  const fresh = frames.filter((f) => !judged.has(f.id) && !skipped.includes(f.id));
  const next =
    options.order === "active"
      ? mostInformative(
          fresh,
          frames.filter((f) => judged.has(f.id)),
        )
      : RandomStream.of(options.seed, "order", options.rater)
          .shuffle(frames.map((f) => f.id))
          .find((id) => fresh.some((f) => f.id === id));
  if (next !== undefined) return { id: next, repeat: false };
  const again = skipped.find((id) => !judged.has(id) && frames.some((f) => f.id === id));
  if (again !== undefined) return { id: again, repeat: false };
  return repeats[0] === undefined ? null : { id: repeats[0], repeat: true };
}

function gapOf(id: string, { seed, rater }: OrderOptions): number {
  return leastGap + RandomStream.of(seed, "gap", rater, id).int(leastGap);
}

/**
 * Farthest first: the frame whose predicted score lies farthest from those already judged, so that few ratings cover
 * the whole scale; what the network cannot score comes first, the wider interval wins a tie.
 */
function mostInformative(fresh: readonly RatedFrame[], judged: readonly RatedFrame[]): string | undefined {
  const known = judged.flatMap((f) => f.score ?? []);
  const worth = (f: RatedFrame): number => {
    if (f.score === null) return 2;
    const score = f.score;
    const far = known.length === 0 ? 1 : Math.min(...known.map((k) => Math.abs(k - score)));
    return far + 0.01 * (f.width ?? 0);
  };
  let best: RatedFrame | undefined;
  for (const f of fresh) if (best === undefined || worth(f) > worth(best)) best = f;
  return best?.id;
}
