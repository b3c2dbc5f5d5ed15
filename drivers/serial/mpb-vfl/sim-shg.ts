import type { Clock } from "../../../src/core/index.js";

/** How long a simulated tuning takes. The real one takes minutes [I]. */
const tuneS = 20;
/** States and errors of GETSHGTUNESTATE [D2]. */
const none = 0;
const finished = 1;
const aborted = 2;
const running = 3;
const notConstantPower = 1;
const notStable = 8;

/** Tuning of the frequency doubler (SETSHGCMD, GETSHGTUNESTATE). */
export class ShgTuning {
  private state = none;
  private error = 0;
  private doneMs = 0;

  constructor(private readonly clock: Clock) {}

  start(constantPower: boolean, lit: boolean): void {
    this.error = !constantPower ? notConstantPower : lit ? 0 : notStable;
    this.state = this.error === 0 ? running : aborted;
    this.doneMs = this.clock.monotonic() + tuneS * 1000;
  }
  stop(): void {
    if (this.state === running) this.state = aborted;
  }
  reset(): void {
    this.state = none;
    this.error = 0;
  }

  /** `<state> <error>` */
  get words(): string {
    if (this.state === running && this.clock.monotonic() >= this.doneMs) this.state = finished;
    return `${this.state} ${this.error}`;
  }
}
