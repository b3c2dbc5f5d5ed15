import type { Approved } from "../../core/index.js";

/** What a supervisor needs of a device: drivers/light-contract.ts, as far as it is used here. */
export interface DeviceStatus {
  readonly on: boolean | null;
  readonly powerMw: number | null;
  readonly setPointMw: number | null;
  readonly interlock: "closed" | "open" | "unknown";
  readonly key: "on" | "off" | "unknown";
  readonly warm: boolean | null;
  readonly faults: readonly { readonly code: string; readonly message: string }[];
}
export interface SourceCommand {
  readonly source: string;
  readonly powerMw?: number;
  readonly on?: true;
}
export interface SupervisedDevice {
  readonly name: string;
  readonly darkWithinMs: number;
  apply(command: Approved<SourceCommand>): Promise<DeviceStatus>;
  off(reason: string): Promise<DeviceStatus>;
  status(): Promise<DeviceStatus>;
  subscribe(
    listener: (
      event:
        | { readonly type: "status"; readonly status: DeviceStatus }
        | { readonly type: "fault"; readonly code: string; readonly message: string }
        | { readonly type: "lost"; readonly reason: string }
        | { readonly type: "found" },
    ) => void,
  ): () => void;
}
