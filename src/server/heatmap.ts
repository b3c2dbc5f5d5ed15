import type { FastifyReply } from "fastify";
import { type Image, StedError } from "../core/index.js";
import { balance, type ColourMapName } from "./colour-map.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";

/**
 * Answers with a heatmap as PNG; headers say what it is: x-heatmap-kind, and x-heatmap-range, the values at the map's ends.
 * @param map for a map of local quality; one by occlusion lies around zero and is always drawn by `balance`
 */
export async function sendHeatmap(
  options: Pick<ServerOptions, "heatmap">,
  pictures: PictureWorker,
  image: Image,
  map: ColourMapName,
  reply: FastifyReply,
): Promise<unknown> {
  const heat = await options.heatmap?.(image);
  if (heat === undefined || heat === null) {
    throw new StedError("NO_HEATMAP", "there is no heatmap of this frame", {
      hint: "a frame without a score has none",
    });
  }
  let most = 1e-9;
  if (heat.kind === "occlusion") for (const v of heat.values) most = Math.max(most, Math.abs(v));
  const range: readonly [number, number] = heat.kind === "occlusion" ? [-most, most] : [0, 1];
  const png = await pictures.png(heat.values, heat.shape, {
    low: 0,
    high: 100,
    map: heat.kind === "occlusion" ? balance : map,
    range,
  });
  reply.header("x-heatmap-kind", heat.kind);
  reply.header("x-heatmap-range", range.map((v) => Number(v.toPrecision(3))).join(","));
  return reply.type("image/png").send(Buffer.from(png));
}
