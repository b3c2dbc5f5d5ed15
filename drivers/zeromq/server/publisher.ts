import { type Clock, timestamp } from "../../../src/core/index.js";
import type { LightState, RigFault, RigState } from "../../contract.js";
import { encode, type Part } from "../wire.js";
import type { ShelvedFrame } from "./frame-shelf.js";

export interface StateEvent {
  readonly state: RigState;
  readonly owner: string | null;
  readonly light: readonly LightState[];
}

/** Numbers events over all topics without a gap and hands them to the socket's queue in that order. */
export class Publisher {
  private seq = 0;
  private last = "";

  constructor(
    private readonly start: string,
    private readonly clock: Clock,
    private readonly send: (parts: Part[]) => void,
  ) {}

  frame(frame: ShelvedFrame, origin: "request" | "operator" | "rig", request?: string): void {
    const body = { ...frame.descriptor, origin, ...(request === undefined ? {} : { request }) };
    this.publish(`frame.${frame.descriptor.kind}`, body, [frame.bytes]);
  }

  progress(request: string, step: number, line: number, lines: number): void {
    this.publish("progress", { request, step, line, lines });
  }

  fault(fault: RigFault): void {
    this.publish("fault", fault);
  }

  beat(state: RigState): void {
    this.publish("beat", { state });
  }

  /** Only where something of it changed. */
  state(now: StateEvent): void {
    const text = JSON.stringify(now);
    if (text === this.last) return;
    this.last = text;
    this.publish("state", now);
  }

  private publish(topic: string, body: object, pixels: readonly Part[] = []): void {
    const header = { seq: ++this.seq, start: this.start, topic, at: timestamp(this.clock), ...body };
    this.send([Buffer.from(topic), encode(header), ...pixels]);
  }
}
