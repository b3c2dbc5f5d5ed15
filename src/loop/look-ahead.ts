import type { SessionParts } from "./parts.js";
import type { SessionStore } from "./store.js";

/**
 * While the image is taken: what the next fit needs, whether further images are worth their light, and how well
 * clicks are foretold.
 */
export function lookAhead({ optimiser, config }: SessionParts, store: SessionStore): void {
  if (store.get().mode === "hold") return;
  void optimiser.prepare?.().catch(() => undefined);
  if (config.unattended) return;
  void optimiser
    .outlook?.()
    .then((outlook) => store.patch({ outlook }))
    .catch(() => undefined);
  void optimiser
    .preference?.()
    .then((learnt) => store.patch({ learnt }))
    .catch(() => undefined);
}
