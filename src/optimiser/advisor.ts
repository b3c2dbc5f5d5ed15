import { WorkerClient } from "../core/index.js";
import type { advise } from "./advise.js";

/**
 * `advise` in a thread of its own, begun at the first call: a proposal from a thousand observations takes a second, and the
 * daemon's event loop has a lease to feed. One call at a time; a thread that died is begun again.
 */
export class Advisor {
  private client: WorkerClient | null = null;

  /** @throws InputError that names the field, as `advise` */
  advise(body: unknown): ReturnType<typeof advise> {
    this.client ??= new WorkerClient("advice", new URL("./advice-thread.js", import.meta.url), null, () => {
      this.client = null;
    });
    return this.client.call("advise", [body]);
  }

  async close(): Promise<void> {
    await this.client?.close();
  }
}
