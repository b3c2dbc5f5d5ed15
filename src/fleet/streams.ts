import {
  AckPolicy,
  type ConsumerConfig,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { consumerOf, streams } from "./names.js";

const MiB = 2 ** 20;
const seconds = (s: number): number => s * 1e9;
const hours = (h: number): number => seconds(h * 3600);

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, "name">;

/** Streams as they are made where there are none. Whoever keeps the server may make them otherwise beforehand. */
const wanted: readonly Wanted[] = [
  {
    name: streams.work,
    description: "frames that wait for a score",
    subjects: ["stedloop.work.*.*"],
    retention: RetentionPolicy.Workqueue,
    // Full: the rig is refused, and scores its frame itself. Nothing that was taken is dropped for something newer.
    discard: DiscardPolicy.New,
    max_bytes: 512 * MiB,
    max_age: hours(1),
    duplicate_window: seconds(600),
  },
  {
    name: streams.results,
    description: "the first result of each frame",
    subjects: ["stedloop.result.*.*"],
    discard: DiscardPolicy.Old,
    max_bytes: 64 * MiB,
    max_age: hours(24),
    max_msgs_per_subject: 1,
    allow_direct: true,
    // Whoever waits hears of a result only once it is stored: never of one that came second.
    republish: { src: "stedloop.result.>", dest: "stedloop.done.>" },
  },
  {
    name: streams.dead,
    description: "frames that could not be scored, with the reason in their headers",
    subjects: ["stedloop.dead.*"],
    discard: DiscardPolicy.Old,
    max_bytes: 128 * MiB,
    max_age: hours(24 * 7),
  },
  {
    name: streams.events,
    description: "states and notes of all rigs",
    subjects: ["stedloop.event.*"],
    discard: DiscardPolicy.Old,
    max_bytes: 128 * MiB,
    max_msgs_per_subject: 5000,
    max_age: hours(24 * 30),
  },
  {
    name: streams.observations,
    description: "what every step of every run observed",
    subjects: ["stedloop.observation.*.*"],
    discard: DiscardPolicy.Old,
    max_bytes: 128 * MiB,
  },
];

/** Makes the streams that are missing; leaves those that are there as they are. @throws JetStreamApiError */
export async function ensureStreams(manager: JetStreamManager): Promise<void> {
  const there = new Set<string>();
  for await (const name of manager.streams.names("stedloop.>")) there.add(name);
  for (const config of wanted) {
    if (there.has(config.name)) continue;
    try {
      await manager.streams.add({ storage: StorageType.File, ...config });
    } catch (thrown) {
      // Somebody else made it in this moment.
      if (!(thrown instanceof JetStreamApiError && thrown.code === 10058)) throw thrown;
    }
  }
}

/** The consumer that all workers of a network share. @param ackWaitMs a worker silent for so long has lost its frame */
export async function ensureConsumer(
  manager: JetStreamManager,
  model: string,
  ackWaitMs: number,
): Promise<void> {
  const config: Partial<ConsumerConfig> = {
    durable_name: consumerOf(model),
    filter_subject: `stedloop.work.${model}.*`,
    ack_policy: AckPolicy.Explicit,
    ack_wait: seconds(ackWaitMs / 1000),
    // Frames out with workers at once, over the whole fleet.
    max_ack_pending: 64,
    // Workers count deliveries themselves and bury a frame with its reason; the server would just leave it.
    max_deliver: -1,
  };
  await manager.consumers.add(streams.work, config);
}
