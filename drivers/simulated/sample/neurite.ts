/** What all processes of a neuron share: where they are, how strongly they are labelled, how a label is put beside the axis. */
import type { RandomStream } from "../../../src/core/index.js";
import type { MoleculeBuilder } from "./molecules.js";
import { scatter } from "./scatter.js";
import { pointAt, type Strand } from "./strand.js";

export interface NeuriteOptions {
  readonly x: number;
  readonly y: number;
  /** Times the common number of labels. */
  readonly labelling: number;
  readonly zSdNm: number;
  /** Mean period of the rings, nm. */
  readonly latticeNm: number;
  /** Times the common number of labels in planes out of focus. */
  readonly outOfFocus: number;
}
/** Adds a molecule at arc length s and lateral position v, nm. */
export type Put = (into: MoleculeBuilder, draw: RandomStream, s: number, v: number) => void;

export function putter(line: Strand, zSdNm: number): Put {
  return (into, draw, s, v) => {
    const c = pointAt(line, s);
    into.add(c.x - v * c.sin, c.y + v * c.cos, zSdNm * scatter(draw));
  };
}
