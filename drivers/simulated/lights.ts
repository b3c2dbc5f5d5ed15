/** The two lasers of the simulated rig: on only while it scans, unless one sticks. */
import type { LightState } from "../contract.js";

export class SimulatedLights {
  private excitationMw = 0;
  private depletionMw = 0;
  private stuck = false;

  /** @param onChange told after every change */
  constructor(private readonly onChange: () => void) {}

  states(): readonly LightState[] {
    const source = (name: string, kind: LightState["kind"], powerMw: number): LightState => ({
      name,
      kind,
      on: powerMw > 0,
      powerMw,
      confirmed: true,
    });
    return [
      source("excitation-635", "excitation", this.excitationMw),
      source("depletion-750", "depletion", this.depletionMw),
    ];
  }

  on(excitationMw: number, depletionMw: number): void {
    this.excitationMw = excitationMw;
    this.depletionMw = depletionMw;
    this.onChange();
  }

  /** The next command to switch off leaves depletion on. */
  stick(): void {
    this.stuck = true;
  }

  off(): void {
    if (this.excitationMw === 0 && this.depletionMw === 0) return;
    this.excitationMw = 0;
    if (this.stuck) this.stuck = false;
    else this.depletionMw = 0;
    this.onChange();
  }
}
