#!/usr/bin/env node
import { systemClock } from "../core/index.js";
import { main } from "./program.js";

/** After its last word a command has this long to let go of threads and sockets. */
const lingerMs = 3000;

process.exitCode = await main(process.argv);
systemClock.after(lingerMs, () => process.exit(), { background: true });
