import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type Clock, timestamp } from "../../core/index.js";
import { print } from "../output.js";
import { type Darkened, darkenDevices } from "./darken-devices.js";

const deviceSchema = z.object({
  name: z.string(),
  device: z.string(),
  port: z.string(),
  serialNumber: z.string().optional(),
  channel: z.number().optional(),
  baudRate: z.number().optional(),
  identity: z
    .object({ vendor: z.string(), model: z.string(), serialNumber: z.string(), firmware: z.string() })
    .optional(),
  gate: z.boolean(),
});
const orderSchema = z.object({
  id: z.number().optional(),
  watch: z
    .object({
      devices: z.array(deviceSchema),
      leaseMs: z.number().positive(),
      report: z.string(),
      webhook: z.string().optional(),
      daemon: z.number(),
    })
    .optional(),
  arm: z.literal(true).optional(),
  beat: z.literal(true).optional(),
  disarm: z.literal(true).optional(),
  end: z.literal(true).optional(),
});
type Watch = NonNullable<z.infer<typeof orderSchema>["watch"]>;

/** Of the lease, a twelfth of which lies between two beats. What is left is for opening ports and reading back. */
const patience = 0.6;
const lookEveryMs = 50;
const webhookMs = 5000;

/**
 * The guard: hears orders on stdin, acts on silence. Ends with its pipe: quietly after `end`, else after everything is
 * dark. Never acts while the daemon beats or has disarmed it.
 */
export class GuardProcess {
  private watch: Watch | null = null;
  private armed = false;
  private ended = false;
  private heardAt = 0;
  private wasSilent = false;
  private acting: Promise<readonly Darkened[]> | null = null;

  constructor(private readonly clock: Clock) {}

  /** @returns exit code: 1 where something was not confirmed dark */
  async run(input: NodeJS.ReadableStream): Promise<number> {
    const timer = this.clock.every(lookEveryMs, () => this.look());
    const lines = createInterface({ input });
    lines.on("line", (line) => this.take(line));
    await new Promise<void>((resolve) => lines.once("close", () => resolve()));
    timer.cancel();
    if (this.ended || this.watch === null) return 0;
    const result = await this.act("the daemon died");
    return result.every((d) => d.dark) ? 0 : 1;
  }

  private take(line: string): void {
    let order: z.infer<typeof orderSchema>;
    try {
      order = orderSchema.parse(JSON.parse(line));
    } catch {
      return;
    }
    this.heardAt = this.clock.monotonic();
    if (order.watch !== undefined) this.watch = order.watch;
    if (order.arm) this.armed = true;
    if (order.disarm) this.armed = false;
    if (order.end) this.ended = true;
    if (order.id !== undefined) print(JSON.stringify({ ack: order.id }));
  }

  private look(): void {
    if (!this.armed || this.watch === null || this.acting !== null) return;
    const silentMs = this.clock.monotonic() - this.heardAt;
    const silent = silentMs >= patience * this.watch.leaseMs;
    // If this process itself was held up, beats may wait in the pipe: they are read before the second look.
    const twice = silent && this.wasSilent;
    this.wasSilent = silent;
    if (!twice) return;
    // It stays disarmed until the daemon, if it comes back, arms it anew.
    this.armed = false;
    void this.act(`no heartbeat for ${Math.round(silentMs)} ms while light was on`);
  }

  private act(cause: string): Promise<readonly Darkened[]> {
    const watch = this.watch as Watch;
    this.acting ??= this.darken(watch, cause).finally(() => {
      this.acting = null;
    });
    return this.acting;
  }

  private async darken(watch: Watch, cause: string): Promise<readonly Darkened[]> {
    const at = timestamp(this.clock);
    const devices = await darkenDevices(watch.devices, this.clock, watch.daemon);
    const report = { at, cause, daemon: watch.daemon, devices };
    const text = devices
      .map((d) => `${d.name} ${d.dark ? `dark after ${d.ms} ms` : `NOT DARK: ${d.error}`}`)
      .join(", ");
    print(JSON.stringify({ acted: `${cause}: ${text}` }));
    try {
      writeFileSync(watch.report, `${JSON.stringify(report, null, 2)}\n`);
    } catch {
      // A full disk must not keep the light on; the web hook and the daemon's log may still tell.
    }
    if (watch.webhook !== undefined) {
      await fetch(watch.webhook, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ event: "stedloop-guard", ...report }),
        signal: AbortSignal.timeout(webhookMs),
      }).catch(() => undefined);
    }
    return devices;
  }
}
