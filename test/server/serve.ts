import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock, UsageError } from "../../src/core/index.js";
import { startServer } from "../../src/server/index.js";
import type { RunningServer, ServerOptions } from "../../src/server/options.js";
import { FakeSession } from "./fake-session.js";

export interface Served extends RunningServer {
  readonly session: FakeSession;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A page of one line, for tests that look at the server and not at the page. */
export function plainPage(): string {
  const root = mkdtempSync(join(tmpdir(), "stedloop-page-"));
  writeFileSync(join(root, "index.html"), "<!doctype html><title>page</title>");
  return root;
}

/** A real server on a free port with a fake session behind it. */
export async function serve(given: Partial<ServerOptions> & { session?: FakeSession } = {}): Promise<Served> {
  const session = given.session ?? new FakeSession();
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    runs: {
      runs: async () => [],
      run: async (id) => {
        throw new UsageError("RUN_UNKNOWN", `no run ${id}`);
      },
      steps: async () => [],
      extras: async () => [],
      frame: async () => null,
    },
    score: async () => ({ score: 0.5, lower: 0.4, upper: 0.6, inDomain: true, foreground: 0.2, ms: 3 }),
    health: () => ({ live: true, ready: true, reasons: [] }),
    webRoot: plainPage(),
    clock: systemClock,
    logger: silentLogger,
    ...given,
    session,
  });
  const { address, port, close } = server;
  return {
    address,
    port,
    close,
    session,
    get: (path, headers = {}) => fetch(address + path, { headers }),
    post: (path, body, headers = {}) =>
      fetch(address + path, {
        method: "POST",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      }),
  };
}
