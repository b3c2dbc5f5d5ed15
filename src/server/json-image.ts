import { z } from "zod";
import { type Image, InputError } from "../core/index.js";

/** Pixel size of an image that does not state its own: that of the shipped networks. */
export const defaultPixelSizeNm = 20;
const bodySchema = z.strictObject({
  image: z.array(z.array(z.unknown()).min(1)).min(1),
  pixelSizeNm: z.number().positive().max(10_000).optional(),
});

/** @param body bytes of {"image": [[counts…]…], "pixelSizeNm"?: n}. Throws InputError that names the row. */
export function imageOfJson(body: Uint8Array): Image {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new InputError("BAD_JSON", "the body is not JSON", { cause, hint: '{"image": [[…], …]}' });
  }
  const checked = bodySchema.safeParse(parsed);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new InputError("BAD_REQUEST", `body.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`, {
      hint: '{"image": [[…], …], "pixelSizeNm"?: 20}',
    });
  }
  const rows = checked.data.image;
  const width = rows[0]?.length ?? 0;
  const pixels = new Float32Array(rows.length * width);
  for (const [y, row] of rows.entries()) {
    if (row.length !== width) {
      throw new InputError("BAD_IMAGE", `row ${y} has ${row.length} values, the first has ${width}`, {
        hint: "all rows must be of one length",
      });
    }
    for (const [x, value] of row.entries()) {
      if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
        throw new InputError("BAD_IMAGE", `image[${y}][${x}] is not a count`, {
          hint: "counts are finite and not below zero",
        });
      }
      pixels[y * width + x] = value;
    }
  }
  return {
    pixels,
    shape: [rows.length, width],
    pixelSizeNm: checked.data.pixelSizeNm ?? defaultPixelSizeNm,
  };
}
