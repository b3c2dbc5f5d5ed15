import { parentPort } from "node:worker_threads";
import { StedError, serveCalls } from "../core/index.js";
import { advise } from "./advise.js";

/** The thread behind `Advisor`. */
if (parentPort === null) throw new StedError("INTERNAL", "advice-thread runs as a worker thread only");
serveCalls(parentPort, { advise });
