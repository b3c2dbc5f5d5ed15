import { z } from "zod";

const finite = z.number().finite();
const range = z
  .tuple([finite, finite])
  .refine(([low, high]) => low <= high, "the first must not be above the second");

/**
 * `card.json` of a model bundle (design.md §5): everything that scoring needs beside the weights, and what a person
 * needs to trust the network. `training` and `metrics` are free-form.
 */
export const cardSchema = z.object({
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i),
  version: z.string().min(1),
  /** One plain sentence that is shown wherever the model is used. */
  notice: z.string().optional(),
  architecture: z.enum(["cnn", "fcn"]),
  poolStride: z.union([z.literal(1), z.literal(2)]),
  input: z.object({
    height: z.int().min(8).max(4096),
    width: z.int().min(8).max(4096),
    pixelSizeNm: finite.positive(),
    unit: z.literal("photon counts"),
  }),
  /**
   * x = min(clip, max(0, (counts − offset) / scale)). With `saturated: clip`, pixels at the detector's end are `clip` whatever
   * their count: a network cannot tell from small patches that a plateau is one.
   */
  normalisation: z.object({
    offset: finite,
    scale: finite.positive(),
    clip: finite.positive(),
    saturated: z.literal("clip").optional(),
  }),
  structures: z.array(z.string()),
  training: z.record(z.string(), z.unknown()),
  metrics: z.record(z.string(), z.unknown()),
  /** Half-widths of the interval, by the bin of `edges` that the predicted score falls into. */
  conformal: z
    .object({
      level: finite.gt(0).lt(1),
      method: z.string(),
      edges: z.array(finite).min(2),
      quantiles: z.array(finite.min(0)).min(1),
    })
    .refine(
      ({ edges, quantiles }) => edges.length === quantiles.length + 1,
      "needs one edge more than quantiles",
    )
    .nullable(),
  /** When a frame is outside what the network was trained on. */
  domain: z
    .object({
      /** |W (f − mean)|² / K above `threshold`, f the network's `features`. */
      features: z
        .object({
          mean: z.array(finite),
          whitening: z.array(z.array(finite)).min(1),
          threshold: finite.positive(),
        })
        .refine(
          ({ mean, whitening }) => whitening.every((row) => row.length === mean.length),
          "rows unlike the mean",
        )
        .nullable(),
      /** Linear probe of the same features that tells strangers made from training frames; above `threshold`: out of domain. */
      probe: z
        .object({
          scale: z.array(finite.positive()),
          weights: z.array(finite),
          distanceWeight: finite,
          bias: finite,
          threshold: finite,
        })
        .nullable()
        .optional(),
      counts: z.object({ foregroundMean: range }).nullable(),
      pixelSizeNm: range.optional(),
    })
    .nullable(),
  /** How the score follows from the network's outputs; default: it is one of them. */
  scoring: z
    .discriminatedUnion("rule", [
      z.object({ rule: z.literal("graph") }),
      /**
       * Σ heat·mask / (Σ mask + 1) over the whole frame, padded to a multiple of `sizeMultiple`; mask = Otsu of the
       * counts blurred by `sigmaPx`, the Gaussian cut at `truncate` sigmas (the published networks).
       */
      z.object({
        rule: z.literal("masked-heatmap"),
        sigmaPx: finite.min(8),
        truncate: finite.positive(),
        sizeMultiple: z.int().min(1).max(1024),
      }),
    ])
    .default({ rule: "graph" }),
  licence: z.string().min(1),
  created: z.string().min(1),
  sourceCommit: z.string(),
  /** SHA-256 (hex) of each file of the bundle, by its path inside. */
  weights: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});
export type Card = Readonly<z.infer<typeof cardSchema>>;
