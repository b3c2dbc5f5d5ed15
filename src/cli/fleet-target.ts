import type { fleetSchema } from "../config/index.js";
import { type Logger, systemClock, UsageError } from "../core/index.js";
import { FleetLink, type FleetTarget } from "../fleet/index.js";

type FleetConfig = ReturnType<typeof fleetSchema.parse>;

/** `fleet:` of a configuration as an address to connect to. */
export function targetOf(fleet: FleetConfig): FleetTarget {
  const { nats, rig, credentials, tokenFile, ca } = fleet;
  return {
    servers: typeof nats === "string" ? [nats] : nats,
    name: `rig ${rig}`,
    credentials,
    tokenFile,
    ca,
  };
}

/** Options that every command of the fleet takes to reach the NATS server. */
export interface NatsOptions {
  readonly nats: string;
  readonly credentials?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

/** @throws UsageError for what is no address */
export function natsTarget(options: NatsOptions, name: string): FleetTarget {
  const servers = options.nats.split(",").map((server) => server.trim());
  const wrong = servers.find((server) => !/^(nats|tls):\/\/[^\s/]+\/?$/.test(server));
  if (wrong !== undefined) {
    throw new UsageError("BAD_OPTION", `'${wrong}' is no address of a NATS server`, {
      where: "--nats",
      hint: "an address like nats://fleet-box:4222",
    });
  }
  const { credentials, tokenFile, ca } = options;
  return { servers, name, credentials, tokenFile, ca };
}

/** A connection, tried for `ms`; after that it goes on trying, and `onWait` is told why. */
export async function openLink(
  target: FleetTarget,
  logger: Logger,
  ms: number,
  onWait: (why: string) => void,
): Promise<FleetLink> {
  const link = await FleetLink.start(target, systemClock, logger);
  if (!(await link.whenUp(ms))) onWait(link.trouble ?? "the NATS server does not answer");
  return link;
}
