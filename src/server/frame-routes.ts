import { z } from "zod";
import { type Frame, pixelBytes, StedError } from "../core/index.js";
import { colourMapNames } from "./colour-map.js";
import { sendHeatmap } from "./heatmap.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";

const id = z.object({ id: z.string().min(1).max(200) });
const percent = z.coerce.number().min(0).max(100);
const look = {
  run: z.string().max(200).optional().describe("the run that took it; default: the current one"),
  map: z.enum(colourMapNames as [(typeof colourMapNames)[number]]).default("ember"),
};

/** Frames as pictures for people and as numbers for programs. */
export function frameRoutes(options: ServerOptions, pictures: PictureWorker): readonly Route[] {
  const find = async (frameId: string, run: string | undefined): Promise<Frame> => {
    const current = options.session.state().run;
    const frame =
      (run === undefined || run === current ? await options.session.frame(frameId) : null) ??
      (run === undefined ? null : await options.runs.frame(run, frameId));
    if (frame !== null) return frame;
    throw new StedError("NO_FRAME", `there is no frame '${frameId}'`, {
      hint: "it may belong to another run",
    });
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/frames/{id}",
      role: "viewer",
      summary: "A frame: PNG by percentile contrast, or with ?raw=1 its little-endian counts, row-major",
      params: id,
      query: z.object({
        ...look,
        raw: z.enum(["0", "1"]).optional(),
        low: percent.default(0.5).describe("percentile shown as black"),
        high: percent.default(99.8).describe("percentile shown as white"),
      }),
      answer: "image/png",
      handle: async ({ params, query, reply }) => {
        const frame = await find(params.id, query.run);
        // A frame never changes: whoever has it need not ask again.
        reply.header("cache-control", "private, max-age=3600, immutable");
        if (query.raw === "1") {
          const dtype = frame.pixels instanceof Float32Array ? "float32" : "uint16";
          reply.header("x-frame-dtype", dtype);
          reply.header("x-frame-shape", frame.shape.join(","));
          reply.header("x-frame-pixel-size-nm", String(frame.pixelSizeNm));
          reply.header("x-frame-kind", frame.kind);
          const bytes = pixelBytes(frame.pixels);
          return reply
            .type("application/octet-stream")
            .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        }
        const { low, high, map } = query;
        const png = await pictures.png(frame.pixels, frame.shape, { low, high, map });
        return reply.type("image/png").send(Buffer.from(png));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/frames/{id}/heatmap",
      role: "viewer",
      summary:
        "What the network saw where, as PNG: its own map of local quality (0 to 1), or where it has none the score's fall when a place is covered (map `balance`, blue below zero, orange above)",
      params: id,
      query: z.object(look),
      answer: "image/png",
      handle: async ({ params, query, reply }) => {
        const frame = await find(params.id, query.run);
        reply.header("cache-control", "private, max-age=3600, immutable");
        return sendHeatmap(options, pictures, frame, query.map, reply);
      },
    }),
  ];
}
