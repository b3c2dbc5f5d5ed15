import { z } from "zod";
import { InputError, StedError } from "../core/index.js";
import type { ServerOptions } from "./options.js";
import type { Decoded, PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";
import { scoreLineSchema, settings } from "./schemas.js";

/** Largest upload. Bigger files are for the command line, which need not hold them in memory twice. */
export const uploadLimitBytes = 64 * 1024 * 1024;

/** The form's reader throws plain errors at a body that is no form; what the framework names (too large) stays as it is. */
function malformed(thrown: unknown): never {
  if (thrown instanceof Error && !("code" in thrown)) {
    throw new InputError("BAD_REQUEST", `the form cannot be read: ${thrown.message}`, {
      hint: "send multipart/form-data with one image file",
      cause: thrown,
    });
  }
  throw thrown;
}

/** Work on what a client brings: images to rate, observations to propose from. */
export function scoreRoutes(options: ServerOptions, pictures: PictureWorker): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/score",
      role: "viewer",
      summary:
        "Rate an image: multipart/form-data with one image file (TIFF, Imspector .obf or .msr, .npy), or JSON. ?frame=N picks a page of a stack; without it the first, of an Imspector file the first STED image",
      query: z.object({
        frame: z.coerce.number().int().min(0).optional(),
        stack: z.string().min(1).optional().describe("stack of an Imspector file, by name or number from 0"),
        pixelSizeNm: z.coerce
          .number()
          .positive()
          .max(10_000)
          .optional()
          .describe("instead of the file's own"),
      }),
      takes: {
        "multipart/form-data": z.object({
          file: z.string().describe("one TIFF, .obf, .msr or .npy, binary"),
        }),
        "application/json": z.object({
          image: z.array(z.array(z.number())).describe("rows of photon counts"),
          pixelSizeNm: z.number().optional().describe("default 20"),
        }),
      },
      answer: scoreLineSchema,
      bodyLimitBytes: uploadLimitBytes,
      handle: async ({ request, query }) => {
        const { file, images, preferred } = await receive();
        const frame = query.frame ?? preferred;
        const image = images[frame];
        if (image === undefined) {
          throw new InputError(
            "BAD_REQUEST",
            `the file has ${images.length} pages, there is no page ${frame}`,
            {
              hint: "pages count from 0",
            },
          );
        }
        const pixelSizeNm = query.pixelSizeNm ?? image.pixelSizeNm;
        const { pixels, shape } = image;
        const record = await options.score({ pixels, shape, pixelSizeNm });
        const stack = image.stack === undefined ? {} : { stack: image.stack };
        return { file, frame, frames: images.length, ...stack, ...record };

        async function receive(): Promise<{ readonly file: string } & Decoded> {
          if (!request.isMultipart()) {
            const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
            return { file: "image", ...(await pictures.decodeJson(body)) };
          }
          const limits = { fileSize: uploadLimitBytes, files: 1, fields: 4 };
          const part = await request.file({ limits }).catch(malformed);
          if (part === undefined)
            throw new InputError("BAD_REQUEST", "no file came", { hint: "send one TIFF" });
          const bytes = await part.toBuffer().catch(malformed);
          // A file cut off at the limit would else be read as a damaged one.
          if (part.file.truncated) {
            throw new InputError(
              "TOO_LARGE",
              `files up to ${uploadLimitBytes / 2 ** 20} MiB are taken here`,
              {
                hint: "use `stedloop score` for bigger ones",
              },
            );
          }
          return { file: part.filename, ...(await pictures.decodeFile(bytes, part.filename, query.stack)) };
        }
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
      handle: ({ body }) => {
        if (options.optimise !== undefined) return options.optimise(body);
        throw new StedError("NO_OPTIMISER", "this daemon offers no optimiser", {
          hint: "use `stedloop optimise`",
        });
      },
    }),
  ];
}
