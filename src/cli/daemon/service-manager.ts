import { spawn } from "node:child_process";
import type { Clock, Logger } from "../../core/index.js";

/** What a service manager (systemd) is told; without one nothing happens. */
export interface ServiceManager {
  /** Rig, model, journal and page are up. */
  ready(status: string): void;
  stopping(): void;
}

const nobody: ServiceManager = { ready: () => undefined, stopping: () => undefined };

/**
 * Tells systemd (`Type=notify`, sd_notify(3)) when the daemon is ready and, where the unit has `WatchdogSec`, that its event
 * loop turns: a wedged loop sends nothing, and systemd starts it anew; light is then off by the rig's lease or the guard. The
 * words go through systemd's own program `systemd-notify`, as Node has no datagram socket of this kind; the unit needs
 * `NotifyAccess=all`. @param env NOTIFY_SOCKET, WATCHDOG_USEC, as systemd sets them
 */
export function serviceManager(
  clock: Clock,
  logger: Logger,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ServiceManager {
  if (env["NOTIFY_SOCKET"] === undefined) return nobody;
  let failed = false;
  const tell = (...words: string[]): void => {
    const child = spawn("systemd-notify", words, { stdio: "ignore", env: { ...process.env, ...env } });
    const complain = (why: string): void => {
      if (!failed) logger.warn({ why }, "systemd could not be told");
      failed = true;
    };
    child.on("error", (error) => complain(error.message));
    child.on("exit", (code) => {
      if (code !== 0) complain(`systemd-notify ended with ${code}`);
    });
    child.unref();
  };
  return {
    ready(status) {
      tell("READY=1", `STATUS=${status}`);
      const everyMs = Number(env["WATCHDOG_USEC"]) / 2000;
      if (everyMs > 0) clock.every(everyMs, () => tell("WATCHDOG=1"), { background: true });
    },
    stopping: () => tell("STOPPING=1"),
  };
}
