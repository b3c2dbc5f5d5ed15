import { ProtocolError } from "../src/core/index.js";
import type { AcquireResult, LightState, RigInfo } from "./contract.js";

/** What every source of frames has in common that somebody else drives: it is asked for nothing and has no light of ours. */
export abstract class ObserveOnly {
  /** @param what as in an error: "a watched folder" */
  constructor(private readonly what: string) {}

  async heartbeat(): Promise<void> {}
  async abort(): Promise<void> {}
  async resume(): Promise<void> {}
  async release(): Promise<void> {}
  async safe(): Promise<readonly LightState[]> {
    return [];
  }
  region(): Promise<never> {
    return Promise.reject(this.refusal("moved"));
  }
  acquire(): Promise<AcquireResult> {
    return Promise.reject(this.refusal("asked for frames"));
  }

  private refusal(how: string): ProtocolError {
    return new ProtocolError("UNSUPPORTED", `${this.what} cannot be ${how}, only observed`, {
      hint: "set `mode: observe`",
    });
  }
}

/** The description of such a source: no parameters, no light, no regions. */
export function observedRig(
  rig: { readonly name: string; readonly model: string },
  server: RigInfo["server"],
  start: string,
): RigInfo {
  return {
    rig: { ...rig, vendor: "", serial: "" },
    server,
    start,
    leaseMs: 3000,
    capabilities: {
      kinds: ["confocal", "sted"],
      parameters: [],
      limits: {},
      channels: [],
      regions: "none",
      focus: false,
      progress: false,
      observe: true,
      concurrent: true,
    },
  };
}
