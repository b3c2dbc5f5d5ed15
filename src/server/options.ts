import type { Registry } from "prom-client";
import type { Clock, Frame, Image, Logger, ScoreRecord } from "../core/index.js";
import type { JournalReader } from "../journal/index.js";
import type { SessionView } from "../loop/index.js";
import type { TokenRecord } from "./tokens.js";
import type { Workshop } from "./workshop.js";

/** What a health probe is told. `reasons` name what is wrong in plain words; empty when ready. */
export interface HealthReport {
  readonly live: boolean;
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** Local quality of one frame, 0..1, on the network's own coarse grid: [height, width] values, row-major. */
export interface Heatmap {
  readonly values: Float32Array;
  readonly shape: readonly [number, number];
}

/** Everything the server is given; it owns none of it but its socket, its worker and its metrics. */
export interface ServerOptions {
  readonly session: SessionView;
  /** Loopback needs no tokens; any other host refuses to start without. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tokens?: readonly TokenRecord[];
  /** Past runs: the journal's reading side. */
  readonly runs: Pick<JournalReader, "runs" | "run" | "steps" | "extras" | "frame">;
  readonly score: (image: Image) => Promise<ScoreRecord>;
  /** POST /optimise; absent = 404 with a reason. Takes the body as parsed JSON and checks it itself. */
  readonly optimise?: (body: unknown) => Promise<unknown>;
  /** POST /runs/:id/warm-start; absent = 404. Returns how many images of that run count from the next step on. */
  readonly learnFrom?: (run: string, by: string) => Promise<number>;
  /** Null where the loaded model has no heatmap. */
  readonly heatmap?: (frame: Frame) => Promise<Heatmap | null>;
  /** Rating, training, studies and the rig page; absent = those are off. */
  readonly workshop?: Workshop;
  readonly health: () => HealthReport;
  /** Folder of the built page. */
  readonly webRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Other rooms may put their own metrics in; the server adds its. */
  readonly metrics?: Registry;
}

export interface RunningServer {
  /** http://host:port, with the port that was really bound. */
  readonly address: string;
  readonly port: number;
  /** Ends every stream, then the socket. */
  close(): Promise<void>;
}
