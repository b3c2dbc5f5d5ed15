import { z } from "zod";
import { positive } from "./safety-schema.js";

const address = z.string().regex(/^(nats|tls):\/\/\S+$/, "an address like nats://fleet-box:4222");

/** `fleet:` of the configuration. */
export const fleetSchema = z.strictObject({
  nats: z
    .union([address, z.array(address).min(1)])
    .describe("the NATS server (JetStream on), or several of one cluster; tls:// off a trusted network"),
  rig: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "letters, digits, - and _, at most 64")
    .describe("this rig's name, unlike any other's in the fleet"),
  credentials: z.string().min(1).optional().describe("a NATS user's .creds file"),
  tokenFile: z.string().min(1).optional().describe("file whose first line is a NATS token"),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe("certificate of the authority that signed the server's, for tls://"),
  timeoutS: positive
    .max(60)
    .default(5)
    .describe("with `engine: fleet`: a frame without a result for so long is scored here"),
  share: z
    .boolean()
    .default(true)
    .describe("state, notes and observations go to the fleet, for the page over all rigs"),
  learn: z
    .boolean()
    .default(false)
    .describe(
      "a new run begins with what other rigs observed with the same knobs and network; it counts less",
    ),
});
