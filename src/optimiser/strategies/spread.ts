import { FitError, RandomStream } from "../../core/index.js";
import { shrinks, sobolPoint } from "../maths/sobol.js";
import type { AskContext } from "./contract.js";

export function noCandidates(): FitError {
  return new FitError("NO_CANDIDATES", "no settings are left inside the limits", {
    where: "limits",
    hint: "widen the limits or the parameters' bounds so that they overlap",
  });
}

function inBox(context: AskContext, v: Float64Array): Float64Array {
  const { low, high } = context.allowed;
  const u = v.map((x, j) => (low[j] as number) + x * ((high[j] as number) - (low[j] as number)));
  return context.domain.snap(u);
}

export function isAllowed(context: AskContext, u: Float64Array): boolean {
  const { low, high } = context.allowed;
  if (low.some((l, j) => l > (high[j] as number) || l > 1 || (high[j] as number) < 0)) return false;
  return context.allowed.test(heldSettings(context, u));
}

/** Physical settings at u, with held knobs at exactly the value they are held at. */
export function heldSettings(
  context: Pick<AskContext, "domain" | "fixed">,
  u: Float64Array,
): Readonly<Record<string, number>> {
  const settings = context.domain.settings(u);
  const held = Object.entries(context.fixed).filter(([name]) => name in settings);
  return { ...settings, ...Object.fromEntries(held) };
}

const patience = 20_000;

/** The next point of the run's scrambled Sobol sequence that the limits allow: point number `draw` of those. */
export function nextSobol(context: AskContext): Float64Array {
  context.meter.next();
  const stream = RandomStream.of(context.space.seed, "sobol");
  const seeds = Array.from({ length: context.domain.d }, () => stream.uint32());
  for (const shrink of shrinks) {
    const found: Float64Array[] = [];
    for (let i = 0; i < patience + context.draw; i++) {
      const part = sobolPoint(i, seeds).map((x) => shrink * x);
      const u = inBox(context, part);
      if (!isAllowed(context, u)) continue;
      found.push(u);
      if (found.length > context.draw) return u;
    }
    // Fewer than were asked for: over again, rather than nothing.
    const [first] = found;
    if (first !== undefined) return found[context.draw % found.length] ?? first;
  }
  throw noCandidates();
}

export function nextUniform(context: AskContext): Float64Array {
  context.meter.next();
  const stream = context.stream("random");
  for (const shrink of shrinks) {
    for (let i = 0; i < patience; i++) {
      const u = inBox(
        context,
        Float64Array.from({ length: context.domain.d }, () => shrink * stream.uniform()),
      );
      if (isAllowed(context, u)) return u;
    }
  }
  throw noCandidates();
}
