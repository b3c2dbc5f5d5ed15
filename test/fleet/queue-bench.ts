import { afterAll, afterEach, beforeAll } from "vitest";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { type FleetLink, startWorker } from "../../src/fleet/index.js";
import type { HeldModel } from "./held-model.js";
import { TestNats } from "./nats-server.js";

export interface QueueBench {
  readonly nats: TestNats;
  readonly link: FleetLink;
  /** Workers of this test so far. */
  readonly running: readonly ReturnType<typeof startWorker>[];
  /** A worker of one slot; it ends with the test. @param more options that are other than usual */
  workerOf(worker: string, model: HeldModel, more?: object): ReturnType<typeof startWorker>;
}

/** A nats-server with a connection for the tests of one `describe`, which calls it. */
export function queueBench(): QueueBench {
  let nats: TestNats;
  let link: FleetLink;
  beforeAll(async () => {
    nats = await TestNats.start();
    link = await nats.link();
  });
  afterAll(async () => {
    await link?.close();
    await nats?.close();
  });
  const running: ReturnType<typeof startWorker>[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.close()));
  });
  return {
    running,
    get nats() {
      return nats;
    },
    get link() {
      return link;
    },
    workerOf(worker, model, more = {}) {
      const options = { link, worker, models: [model], slots: 1, ackWaitMs: 1000, deliveries: 2 };
      const started = startWorker({ ...options, clock: systemClock, logger: silentLogger, ...more });
      running.push(started);
      return started;
    },
  };
}
