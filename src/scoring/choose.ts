import { ScoreError, toStedError } from "../core/index.js";
import type { Bundle } from "./bundle.js";
import type { RemoteTarget } from "./engine.js";
import { engineNames } from "./engines/registry.js";
import { ScorerThread } from "./scorer-thread.js";

/** What became of one engine on this machine. */
export interface Probe {
  readonly name: string;
  readonly works: boolean;
  /** Library and version when it works, the reason when not. */
  readonly detail: string;
  /** What would make it work. */
  readonly hint?: string;
  /** Of the trial frame. */
  readonly score: number | null;
  readonly ms: number | null;
}

/** Engines must agree on the trial frame to this. */
export const engineTolerance = 1e-4;
/** An engine must be this much faster than the plain one to be worth its driver. */
const worthwhile = 1.5;
/** Tried by `auto` beside the plain engine; TensorFlow takes 0.5 s and 700 MB to load and gains nothing here. */
const accelerators = ["onnx-cuda", "onnx-webgpu"] as const;
const plain = "onnx-cpu";
/** Where onnxruntime does not load at all. */
const lastResorts = ["tensorflow", "wasm"] as const;

/** Tries every engine with a real inference, each in its own thread, one after another: for `doctor`. */
export async function probeEngines(
  bundle: Bundle,
  threads = 2,
  remote: RemoteTarget | null = null,
): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (const engine of engineNames) {
    const { probe, thread } = await tryOut(bundle, engine, threads, remote);
    await thread?.close();
    probes.push(probe);
  }
  const reference = probes.find((p) => p.name === plain && p.works)?.score ?? null;
  return probes.map((p) =>
    agrees(p.score, reference) ? p : { ...p, works: false, detail: disagreement(p.score, reference) },
  );
}

/**
 * The engine for `auto`: the plain one unless a graphics card gives the same score clearly faster.
 * @returns an open thread and notes on what was not taken
 */
export async function chooseEngine(
  bundle: Bundle,
  threads: number,
): Promise<{ readonly thread: ScorerThread; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const first = await tryOut(bundle, plain, threads);
  let best = first.thread;
  if (best === null) notes.push(`${plain}: ${first.probe.detail}`);
  for (const engine of accelerators) {
    const { probe, thread } = await tryOut(bundle, engine, threads);
    if (thread === null) {
      notes.push(`${engine}: ${probe.detail}`);
      continue;
    }
    const same = agrees(probe.score, first.probe.score);
    const faster = best === null || thread.trial.ms * worthwhile < best.trial.ms;
    if (!same || !faster) {
      notes.push(
        `${engine}: ${same ? "works, but is not faster here" : disagreement(probe.score, first.probe.score)}`,
      );
      await thread.close();
      continue;
    }
    await best?.close();
    best = thread;
  }
  for (const engine of lastResorts) {
    if (best !== null) break;
    const { probe, thread } = await tryOut(bundle, engine, threads);
    best = thread;
    if (best === null) notes.push(`${engine}: ${probe.detail}`);
  }
  if (best === null) {
    throw new ScoreError("NO_ENGINE", `no engine can run this model: ${notes.join("; ")}`, {
      where: bundle.folder,
    });
  }
  return { thread: best, notes };
}

/** @throws ScoreError OTHER_NETWORK when an engine scores the trial frame unlike the plain one; the thread is closed then */
export async function sameAsHere(bundle: Bundle, thread: ScorerThread): Promise<void> {
  const { probe, thread: here } = await tryOut(bundle, plain, 1);
  await here?.close();
  if (agrees(thread.trial.score, probe.score)) return;
  await thread.close();
  throw new ScoreError(
    "OTHER_NETWORK",
    `${thread.info.name} ${disagreement(thread.trial.score, probe.score)}`,
    {
      hint: "serve the model.onnx of the bundle that is named here",
    },
  );
}

async function tryOut(
  bundle: Bundle,
  engine: string,
  threads: number,
  remote: RemoteTarget | null = null,
): Promise<{ readonly probe: Probe; readonly thread: ScorerThread | null }> {
  try {
    const thread = await ScorerThread.open(bundle, engine, threads, remote);
    const { score, ms } = thread.trial;
    return { probe: { name: engine, works: true, detail: thread.info.version, score, ms }, thread };
  } catch (thrown) {
    const error = toStedError(thrown);
    const probe: Probe = {
      name: engine,
      works: false,
      detail: error.message.replace(`${engine}: `, ""),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      score: null,
      ms: null,
    };
    return { probe, thread: null };
  }
}

function agrees(score: number | null, reference: number | null): boolean {
  return score === null || reference === null || Math.abs(score - reference) <= engineTolerance;
}

function disagreement(score: number | null, reference: number | null): string {
  return `gives ${score} where ${plain} gives ${reference}: not used`;
}
