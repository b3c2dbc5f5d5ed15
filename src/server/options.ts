import type { Registry } from "prom-client";
import type { Clock, Image, Logger, ScoreRecord } from "../core/index.js";
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

/** What the network saw where, row-major [height, width], over the whole frame. */
export interface Heatmap {
  /** `network`: local quality, 0..1; `occlusion`: by how much the score falls when this place is covered, −1..1. */
  readonly kind: "network" | "occlusion";
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
  /** Off loopback, of one address; default: far above what pages need. */
  readonly requestsPerMinute?: number;
  /** A request that has not come whole by then is ended; default five minutes. */
  readonly slowestRequestMs?: number;
  /** Pages and programs that follow the events at once; default 500. */
  readonly mostWatchers?: number;
  readonly tokens?: readonly TokenRecord[];
  /** Past runs: the journal's reading side. */
  readonly runs: Pick<JournalReader, "runs" | "run" | "steps" | "extras" | "frame">;
  readonly score: (image: Image) => Promise<ScoreRecord>;
  /** POST /optimise; absent = 404 with a reason. Takes the body as parsed JSON and checks it itself. */
  readonly optimise?: (body: unknown) => Promise<unknown>;
  /** POST /runs/:id/warm-start; absent = 404. Returns how many images of that run count from the next step on. */
  readonly learnFrom?: (run: string, by: string) => Promise<number>;
  /** Null for a frame without a score: there is nothing to explain. */
  readonly heatmap?: (image: Image) => Promise<Heatmap | null>;
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
