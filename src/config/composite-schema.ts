import { z } from "zod";

const finite = z.number().finite();

export const curveSchema = z.strictObject({
  serverKey: z.string().length(40).describe("public key of the rig server, 40 characters (Z85)"),
  keys: z.string().min(1).describe("folder with this daemon's own key files"),
});

const lightSchema = z
  .strictObject({
    name: z.string().min(1).describe("as in `sources` of the safety file"),
    device: z.string().min(1).describe("kind of device: mpb-vfl, cobolt-06, skyra, obis, aa-mpds, sc10, …"),
    port: z.string().min(1).optional().describe("COM5, /dev/serial/by-id/…; or give its serialNumber"),
    serialNumber: z
      .string()
      .min(1)
      .optional()
      .describe("checked after every connection; without `port` also looked for"),
    baudRate: z.int().positive().optional().describe("default: the usual one of the device"),
    channel: z.int().min(0).optional().describe("channel of an AOTF, line of a multi-line laser"),
    acceptFirmware: z
      .string()
      .min(1)
      .optional()
      .describe("a firmware, word for word, that is taken although the driver does not know it"),
    role: z
      .enum(["depletion", "excitation", "aotf"])
      .describe("aotf: whatever lets a beam through, a shutter too"),
    gates: z
      .enum(["depletion", "excitation"])
      .optional()
      .describe("aotf: which beam; default: excitation, or depletion where that has no table of its own"),
    calibration: z
      .string()
      .min(1)
      .optional()
      .describe(
        "CSV `set,mWAtSample`, header `# date, wavelengthNm, meter`: this source carries the beam's power",
      ),
    powerMw: finite.min(0).optional().describe("set-point of a laser whose beam an aotf regulates, mW"),
    settleMs: finite.min(0).max(60_000).optional().describe("time that its light takes to settle, ms"),
  })
  .superRefine((light, context) => {
    if (light.port === undefined && light.serialNumber === undefined) {
      context.addIssue({ code: "custom", path: ["name"], message: "give its port or its serialNumber" });
    }
    if (light.gates !== undefined && light.role !== "aotf") {
      context.addIssue({ code: "custom", path: ["gates"], message: "only an aotf gates a beam" });
    }
  });
type Light = z.infer<typeof lightSchema>;

/** Several sources may be on one port only as channels of one box. */
function portProblem(light: Light, before: readonly Light[]): string | null {
  const where = (other: Light): boolean =>
    light.port !== undefined ? other.port === light.port : other.serialNumber === light.serialNumber;
  const others = before.filter(where);
  const on = light.port === undefined ? `serial number ${light.serialNumber}` : `port ${light.port}`;
  const two = `two light sources are on ${on}`;
  if (others.some((other) => other.device !== light.device))
    return `${two}: ${light.device} and another kind`;
  if (others.some((other) => other.channel === undefined || light.channel === undefined)) {
    return `${two}: give each its channel if they are channels of one box`;
  }
  const same = others.find((other) => other.channel === light.channel);
  if (same !== undefined) return `${two} and channel ${light.channel}: '${same.name}' and '${light.name}'`;
  const otherRate = others.find((other) => other.baudRate !== light.baudRate);
  return otherRate === undefined ? null : `${two} with different baud rates`;
}

/** A scanner with light sources that the daemon drives itself. */
export const compositeSchema = z
  .strictObject({
    kind: z.literal("composite"),
    scanner: z.strictObject({
      commands: z.string().min(1).describe("the rig server that scans"),
      events: z.string().min(1).optional(),
      curve: curveSchema.optional(),
    }),
    light: z
      .array(lightSchema)
      .min(1)
      .superRefine((all, context) => {
        all.forEach((light, i) => {
          if (all.findIndex((other) => other.name === light.name) < i) {
            context.addIssue({
              code: "custom",
              path: [i, "name"],
              message: `two light sources are called '${light.name}'`,
            });
          }
          const problem = portProblem(light, all.slice(0, i));
          if (problem !== null) context.addIssue({ code: "custom", path: [i, "port"], message: problem });
        });
      }),
    calibrationDays: finite
      .positive()
      .default(90)
      .describe("after so many days a calibration is called stale"),
    guardWebhook: z
      .string()
      .regex(/^https?:\/\//, "an http(s) address")
      .optional()
      .describe("told (POST, JSON) when the guard process had to put the light out; silent otherwise"),
  })
  .describe("scanner by stedrig/1, light by serial devices; needs `safety:` with an entry for every source");
