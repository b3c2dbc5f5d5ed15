import { z } from "zod";
import { defaultBeamAreas } from "../core/index.js";
import { compositeSchema, curveSchema } from "./composite-schema.js";
import { fleetSchema } from "./fleet-schema.js";
import { optimiserSchema } from "./optimiser-schema.js";
import { finite, limitsSchema, positive, settingName } from "./safety-schema.js";
import { simulatedRigSchema } from "./simulated-rig.js";

/** The configuration, written once: types, the check of a YAML file, config/schema.json and docs/config.md come from here. */
export const rigSchema = z.discriminatedUnion("kind", [
  simulatedRigSchema,
  z
    .strictObject({
      kind: z.literal("zeromq"),
      commands: z.string().min(1).describe("where the rig server takes commands, e.g. tcp://127.0.0.1:5555"),
      events: z.string().min(1).optional().describe("where it publishes; default: what it says itself"),
      curve: curveSchema.optional().describe("encryption and identity; needed off loopback"),
    })
    .describe("any rig server that speaks stedrig/1"),
  compositeSchema,
  z
    .strictObject({
      kind: z.literal("watch"),
      folder: z
        .string()
        .min(1)
        .describe("folder into which other software writes frames: TIFF, Imspector .obf and .msr, .npy"),
      pixelSizeNm: positive.default(20).describe("pixel size of files that do not state it"),
      subfolders: z.boolean().default(false).describe("also the folders in it"),
      stack: z
        .union([z.string().min(1), z.int().min(0)])
        .optional()
        .describe("of Imspector files: this stack only, by name or number from 0; default every image"),
      lifetimeNs: z
        .tuple([finite, finite])
        .optional()
        .describe("of Imspector files: sum the arrival times from … to only; default all"),
      pollS: positive
        .default(1)
        .describe(
          "how often the folder is looked at; the system's own notice, where there is one, comes sooner",
        ),
      settleS: positive
        .default(0.3)
        .describe("a file is whole when it has stood still for this long; longer on a slow network drive"),
      playback: z
        .strictObject({
          everyS: positive.default(2).describe("seconds between frames"),
          loop: z.boolean().default(true).describe("start again after the last file"),
        })
        .optional()
        .describe("show the files that are already there one after another"),
    })
    .describe("observe only: scores frames that appear in a folder"),
  z
    .strictObject({
      kind: z.literal("zmq-frames"),
      address: z.string().min(1).describe("where the publisher listens, e.g. tcp://127.0.0.1:5556"),
      topic: z.string().default("").describe("beginning of the topics to take; default all"),
      pixelSizeNm: positive.default(20).describe("pixel size of messages that do not state it"),
    })
    .describe(
      "observe only: scores what any ZeroMQ publisher sends as [topic, JSON {dtype, shape, pixelSizeNm?}, bytes]",
    ),
]);

/** Rigs that can only be watched: their mode is always observe. */
export function isObserveOnly(kind: string): boolean {
  return kind === "watch" || kind === "zmq-frames";
}

export const remoteSchema = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, "an address like http://gpu-box:8430")
    .describe(
      "an Open Inference Protocol v2 server: stedloop serve-model, Triton, KServe, MLServer, OpenVINO",
    ),
  model: z.string().min(1).optional().describe("its name there; default: the bundle's own"),
  version: z.string().min(1).optional(),
  tokenFile: z.string().min(1).optional().describe("file whose first line is a bearer token"),
  timeoutS: positive.default(5).describe("a request that takes longer is given up"),
  retries: z
    .int()
    .min(0)
    .max(5)
    .default(1)
    .describe("requests sent again before the local engine takes over"),
});

const boundsSchema = z.strictObject({
  min: finite.describe("in the unit that the name states"),
  max: finite,
  scale: z
    .enum(["linear", "log"])
    .optional()
    .describe("log where the useful range spans decades; default: the rig's"),
});

export const configSchema = z.strictObject({
  rig: rigSchema,
  mode: z
    .enum(["observe", "assist", "auto", "hold"])
    .default("auto")
    .describe(
      "observe: score only; assist: you pick; auto: weights and thresholds pick; hold: image at fixed settings",
    ),
  gate: z
    .enum(["auto", "off"])
    .default("auto")
    .describe("auto: look at the first confocal; an empty or saturated field gets no depletion light"),
  operatorLeaseS: positive
    .default(600)
    .describe("assist: how long a proposal waits for a person before the run pauses"),
  hold: z
    .strictObject({
      control: z.int().min(1).default(5).describe("a control confocal every k frames"),
      onDrift: z.enum(["pause", "tune"]).default("pause"),
      tuneSteps: z.int().min(1).default(8).describe("with tune: so many steps, then it holds again"),
    })
    .prefault({}),
  model: z
    .string()
    .min(1)
    .default("actin")
    .describe("a bundle's name under models/ or a folder; `deployed`: the one deployed on the page Train"),
  engine: z
    .enum(["auto", "onnx-cpu", "onnx-cuda", "onnx-webgpu", "tensorflow", "wasm", "remote", "fleet"])
    .default("auto")
    .describe(
      "auto: the first that works here; remote: a model server elsewhere (see `remote`); fleet: workers (see `fleet`)",
    ),
  remote: remoteSchema.optional().describe("the model server of `engine: remote`; frames leave this machine"),
  fleet: fleetSchema.optional().describe("several rigs and scoring workers joined by a NATS server"),
  threads: z.int().min(1).max(64).default(2).describe("threads of the scoring engine"),
  parameters: z
    .record(settingName, boundsSchema)
    .default({
      depletionPowerMw: { min: 0, max: 250 },
      excitationPowerUw: { min: 1, max: 15 },
      dwellTimeUs: { min: 2, max: 50, scale: "log" },
    })
    .describe("the knobs that the optimiser may turn; bounds inside the rig's own"),
  fixed: z.record(settingName, finite).default({}).describe("settings held constant in every STED frame"),
  confocal: z
    .record(settingName, finite)
    .default({ excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 })
    .describe("the confocal frames before and after; depletion is always 0"),
  objectives: z
    .array(
      z.strictObject({
        name: z.string(),
        worstAcceptable: finite
          .optional()
          .describe("the worst value you could live with, in the objective's unit"),
        weight: finite.min(0).optional().describe("how much it matters in auto mode"),
        limit: finite
          .optional()
          .describe("soft limit: not to be passed; learned, and shown with its probability"),
      }),
    )
    .min(1)
    .default([
      { name: "quality", worstAcceptable: 0.2, weight: 0.5 },
      { name: "bleaching", worstAcceptable: 0.8, weight: 0.35 },
      { name: "pixelTimeUs", worstAcceptable: 60, weight: 0.15 },
    ]),
  optimiser: optimiserSchema,
  budget: z
    .strictObject({
      steps: z.int().min(1).optional().describe("one step = three frames"),
      minutes: positive.optional(),
      doseJPerCm2: positive
        .optional()
        .describe(
          "light that a pixel may get, summed over the run's frames; the run ends before it gets more",
        ),
    })
    .default({ steps: 40 }),
  beam: z
    .strictObject({
      depletionAreaUm2: positive
        .default(defaultBeamAreas.depletionAreaUm2)
        .describe("power over crest intensity of the doughnut, µm²; default: a 750 nm doughnut at NA 1.4"),
      excitationAreaUm2: positive
        .default(defaultBeamAreas.excitationAreaUm2)
        .describe(
          "power over peak intensity of the excitation, µm²; a Gaussian of width FWHM has 1.13 FWHM²",
        ),
    })
    .prefault({})
    .describe("how large the beams are at the sample: what turns power and time into J/cm²"),
  limits: limitsSchema
    .optional()
    .describe(
      "what may ever be set, whoever asks; an entry for every name in parameters, fixed and confocal",
    ),
  safety: z
    .string()
    .min(1)
    .optional()
    .describe("a file with `limits`, `sources`, `dose` and `combinations` instead (config/safety.yaml)"),
  deadlinesS: z
    .strictObject({
      score: positive.default(30),
      fit: positive.default(30),
      commit: positive.default(15),
    })
    .prefault({})
    .describe("how long a stage may take before the light's lease is no longer renewed"),
  suspend: z
    .strictObject({
      on: z
        .array(z.enum(["interlock", "temperature", "disk", "focus"]))
        .default(["interlock", "temperature", "disk", "focus"])
        .describe("conditions that hold the run: the first, second and fourth as the rig reports them"),
      goodForS: positive
        .default(10)
        .describe("it goes on by itself when all have been good for so long; interlock: only by hand"),
      diskFreeMb: positive
        .optional()
        .describe("less than this is free; default: 200, or a tenth of the disk"),
    })
    .prefault({})
    .describe("what pauses the run for as long as it is bad"),
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: z.int().min(0).max(65535).default(8420).describe("0 = any free port"),
      tokens: z.string().min(1).optional().describe("file of access tokens; needed off loopback"),
      folders: z
        .array(z.string().min(1))
        .optional()
        .describe(
          "folders that the page may name for rating, training and evaluation, with all that is in them, beside the data folder; default: any on loopback without tokens, none with tokens",
        ),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type RigConfig = Config["rig"];
/** In force where a file names neither `limits` nor `safety`. */
export const defaultLimits: z.infer<typeof limitsSchema> = {
  depletionPowerMw: { max: 250 },
  excitationPowerUw: { max: 20 },
  dwellTimeUs: { max: 100 },
  lineRepeats: { max: 10 },
};
