import { join } from "node:path";
import type { Level } from "pino";
import { type Logger, StedError, systemClock, toStedError } from "../../core/index.js";
import { type Journal, openJournal } from "../../journal/index.js";
import { hasEnded, type SessionState } from "../../loop/index.js";
import { Advisor } from "../../optimiser/index.js";
import { loadTokens, type RunningServer, startServer } from "../../server/index.js";
import { openLog } from "../logging.js";
import { Progress, print, printJson, report, say } from "../output.js";
import { packageRoot } from "../package-info.js";
import { summarise } from "../summary.js";
import { type Composed, compose } from "./compose.js";

import { checkSame, findEarlier, holdSettings, planRun, type RunPlan } from "./plan.js";
import type { RunOptions } from "./run-options.js";
import { serviceManager } from "./service-manager.js";
import { Shutdown } from "./shutdown.js";
import { SideScorer } from "./side-scorer.js";
import { workshopOf } from "./workshop.js";

/** Everything that is up; closed in the opposite order. */
interface Up {
  readonly plan: RunPlan;
  readonly journal: Journal;
  readonly composed: Composed;
  readonly server: Pick<RunningServer, "address" | "close"> | null;
}

/** The daemon from start to end. Returns the exit code; whatever fails before the first light is wrong use (2). */
export async function runDaemon(options: RunOptions): Promise<number> {
  const quiet = options.headless === true || options.json === true;
  let log: Awaited<ReturnType<typeof openLog>>;
  try {
    log = await openLog(options.data, (quiet ? "error" : "info") as Level);
  } catch (thrown) {
    const { message } = toStedError(thrown);
    return (
      report(
        new StedError("DATA_UNWRITABLE", message, {
          where: options.data,
          hint: "choose another --data folder",
        }),
      ) && 2
    );
  }
  const shutdown = new Shutdown(systemClock, log);
  let up: Up | number;
  try {
    up = await start(options, log.logger, shutdown);
  } catch (thrown) {
    report(thrown);
    log.flush();
    return 2;
  }
  if (typeof up === "number") return up;
  const manager = serviceManager(systemClock, log.logger);
  manager.ready(`run ${up.composed.run}`);
  const code = await operate(up, options, shutdown);
  manager.stopping();
  log.flush();
  return code;
}

async function start(options: RunOptions, logger: Logger, shutdown: Shutdown): Promise<Up | number> {
  const clock = systemClock;
  // What needs no folder is refused before one is made.
  if (options.resume === undefined) planRun(options, null);
  const journal = await openJournal(options.data, { clock, logger });
  const undo: (() => Promise<void>)[] = [() => journal.close()];
  try {
    const earlier = await findEarlier(journal.reader, options.resume, options.data);
    const plan = planRun(options, earlier);
    if (earlier !== null) {
      checkSame(plan, earlier);
      const total = plan.config.budget.steps ?? earlier.record.iterations;
      if (earlier.record.state === "finished" && earlier.record.iterations >= total) {
        const summary = await summarise(journal.reader, earlier.record.run);
        if (options.json) printJson(summary);
        else say(`run ${summary.run} is finished: ${summary.iterations} steps, ${summary.frames} frames`);
        await journal.close();
        return 0;
      }
    }
    const held = await holdSettings(options, journal.reader);
    const composed = await compose({
      ...plan,
      data: options.data,
      journal,
      earlier,
      holdSettings: held,
      clock,
      logger,
    });
    undo.push(() => composed.close());
    shutdown.guard(composed.session);
    const server =
      options.headless === true ? null : await openServer(options, plan, composed, journal, logger);
    return { plan, journal, composed, server };
  } catch (thrown) {
    for (const close of undo.reverse()) await close().catch(() => undefined);
    throw thrown;
  }
}

async function openServer(
  options: RunOptions,
  plan: RunPlan,
  composed: Composed,
  journal: Journal,
  logger: Logger,
): Promise<Pick<RunningServer, "address" | "close">> {
  const { session } = composed;
  const { tokens } = plan.config.server;
  const advisor = new Advisor();
  const side = new SideScorer(plan.config, logger);
  const server = await startServer({
    session,
    ...(tokens === undefined ? {} : { tokens: await loadTokens(tokens) }),
    host: plan.config.server.host,
    port: plan.config.server.port,
    runs: journal.reader,
    workshop: workshopOf(options, plan.config, journal),
    score: (image) => side.score(image),
    learnFrom: (run, by) => composed.learnFrom(run, by),
    optimise: (body) => advisor.advise(body),
    heatmap: (image) => side.heatmap(image),
    health: () => {
      const { rig, state, alert } = session.state();
      const reasons = [
        ...(rig.state === "lost" ? ["the rig is lost"] : []),
        ...(state === "starting" ? ["starting"] : []),
        ...(state === "failed" ? [alert ?? "the run failed"] : []),
        ...(composed.scoringFault() === null ? [] : [`scoring: ${composed.scoringFault()}`]),
      ];
      return { live: true, ready: reasons.length === 0, reasons };
    },
    webRoot: join(packageRoot, "dist", "web"),
    clock: systemClock,
    logger,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await advisor.close();
    await side.close();
  };
  return { address: server.address, close };
}

async function operate(up: Up, options: RunOptions, shutdown: Shutdown): Promise<number> {
  const { composed, journal, server, plan } = up;
  const { session, run } = composed;
  if (server !== null) {
    print(`stedloop ${run}: page at ${server.address}  (Ctrl-C ends it)`);
  }
  const stopProgress = options.headless ? followSteps(up) : () => undefined;
  const last = await session.run();
  stopProgress();
  await server?.close().catch(() => undefined);
  let code = exitCode(last, shutdown.signal, plan);
  try {
    const summary = await summarise(journal.reader, run);
    if (options.json) printJson(summary);
    else
      say(
        `run ${run} ${last.state}: ${summary.iterations} steps, ${summary.frames} frames, hypervolume ${summary.hypervolume.toFixed(3)}`,
      );
  } catch (thrown) {
    code = report(thrown);
  }
  await composed.close();
  await journal.close().catch((thrown) => {
    code = report(thrown);
  });
  shutdown.finished();
  return code;
}

/** A finished run and one that a person ended at the page or with Ctrl-C are done; a counted one cut short is not. */
function exitCode(last: SessionState, signal: string | null, plan: RunPlan): number {
  if (last.state === "finished") return 0;
  if (last.state === "failed") say(`stedloop: ${last.alert ?? "the run failed"}`);
  if (last.state === "aborted" && !plan.unattended) return 0;
  if (signal !== null)
    say(`stedloop: ended by ${signal} after ${last.step} steps; go on with --resume latest`);
  return 1;
}

function followSteps({ composed, plan }: Up): () => void {
  const progress = new Progress("step", () => systemClock.monotonic());
  const total = plan.config.budget.steps ?? 0;
  return composed.session.subscribe((event) => {
    if (event.type === "step") {
      const quality = event.step.score?.score;
      progress.update(event.step.step, total, quality == null ? "" : `quality ${quality.toFixed(2)}`);
    } else if (event.type === "note" && event.level !== "info" && !hasEnded(composed.session.state().state)) {
      say(event.message);
    }
  });
}
