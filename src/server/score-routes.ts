import { z } from "zod";
import { errorFromWire, errorToWire, StedError } from "../core/index.js";
import { colourMapNames } from "./colour-map.js";
import { sendHeatmap } from "./heatmap.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";
import { scoreLineSchema, settings } from "./schemas.js";
import { receiveImage, uploadLimitBytes } from "./upload.js";

const page = z.object({
  frame: z.coerce.number().int().min(0).optional(),
  stack: z.string().min(1).optional().describe("stack of an Imspector file, by name or number from 0"),
  pixelSizeNm: z.coerce.number().positive().max(10_000).optional().describe("instead of the file's own"),
});
const look = z.enum(colourMapNames as [(typeof colourMapNames)[number]]).default("ember");
const takes = {
  "multipart/form-data": z.object({ file: z.string().describe("one TIFF, .obf, .msr or .npy, binary") }),
  "application/json": z.object({
    image: z.array(z.array(z.number())).describe("rows of photon counts"),
    pixelSizeNm: z.number().optional().describe("default 20"),
  }),
};

/** Work on what a client brings: images to rate, observations to propose from. */
export function scoreRoutes(options: ServerOptions, pictures: PictureWorker): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/score",
      role: "viewer",
      summary:
        "Rate an image: multipart/form-data with one image file (TIFF, Imspector .obf or .msr, .npy), or JSON. ?frame=N picks a page of a stack; without it the first, of an Imspector file the first STED image",
      query: page,
      takes,
      answer: scoreLineSchema,
      bodyLimitBytes: uploadLimitBytes,
      handle: async ({ request, query }) => {
        const { image, ...which } = await receiveImage(request, query, pictures);
        return { ...which, ...(await options.score(image)) };
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/score/picture",
      role: "viewer",
      summary: "An image that is brought, as PNG by percentile contrast; nothing of it is kept",
      query: page.extend({ map: look }),
      takes,
      answer: "image/png",
      bodyLimitBytes: uploadLimitBytes,
      handle: async ({ request, query, reply }) => {
        const { image } = await receiveImage(request, query, pictures);
        const { map } = query;
        const png = await pictures.png(image.pixels, image.shape, { low: 0.5, high: 99.8, map });
        reply.header("x-frame-shape", image.shape.join(","));
        reply.header("x-frame-pixel-size-nm", String(image.pixelSizeNm));
        return reply.type("image/png").send(Buffer.from(png));
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/score/heatmap",
      role: "viewer",
      summary: "What the network sees where in an image that is brought, as /frames/{id}/heatmap",
      query: page.extend({ map: look }),
      takes,
      answer: "image/png",
      bodyLimitBytes: uploadLimitBytes,
      handle: async ({ request, query, reply }) => {
        const { image } = await receiveImage(request, query, pictures);
        return sendHeatmap(options, pictures, image, query.map, reply);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/optimise",
      role: "viewer",
      summary: "Propose settings from observations, without any run",
      body: z.looseObject({}).describe("{space, observations, state?} as in `stedloop optimise`"),
      answer: z.object({ settings, why: z.unknown(), state: z.unknown() }),
      bodyLimitBytes: 1024 * 1024,
      handle: async ({ body }) => {
        if (options.optimise !== undefined) return options.optimise(body).catch(namingItsField);
        throw new StedError("NO_OPTIMISER", "this daemon offers no optimiser", {
          hint: "use `stedloop optimise`",
        });
      },
    }),
  ];
}

/** `where` is a field of the caller's own body here, so it may be told. */
function namingItsField(thrown: unknown): never {
  const wire = errorToWire(thrown);
  throw wire.where === undefined
    ? thrown
    : errorFromWire({ ...wire, message: `${wire.where}: ${wire.message}` });
}
