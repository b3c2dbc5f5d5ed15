import { toStedError } from "../../src/core/index.js";
import type { LightServices } from "../context.js";
import type { RigFault } from "../contract.js";
import type { Lit } from "./expose-step.js";
import type { Source } from "./source.js";

/** What was ordered last, on disk, for whoever comes after a crash. */
export class Breadcrumbs {
  /** A person has seen what an earlier daemon left; until then its crumbs stay as they are. */
  acknowledged = true;

  constructor(
    private readonly sources: readonly Source[],
    private readonly light: LightServices,
    private readonly fault: (fault: RigFault) => void,
  ) {}

  /** @param lit about to shine @throws StoreError: then there must be no light */
  write(open: boolean, lit: readonly Lit[] = []): void {
    if (!this.acknowledged) return;
    const sources = this.sources.map((s) => s.crumb(lit.some(({ beam }) => beam.name === s.beam)));
    this.light.writeCrumbs({ open, sources });
  }

  /** After darkness: it is dark all the same where the disk is full. */
  note(open: boolean): void {
    try {
      this.write(open);
    } catch (thrown) {
      this.fault({ code: "NOT_WRITTEN", message: toStedError(thrown).line, source: "light.json" });
    }
  }
}
