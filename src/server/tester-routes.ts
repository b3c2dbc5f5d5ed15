import { readFile } from "node:fs/promises";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { StedError } from "../core/index.js";
import type { Study } from "../study/index.js";
import type { PictureWorker } from "./pictures.js";
import { nothing, type Route, route } from "./route.js";

/** A tester and the one study that the link is for. */
export interface Invited {
  readonly study: Study;
  readonly tester: string;
}

const taskSchema = z.object({
  tester: z.string(),
  study: z.string(),
  done: z.int(),
  total: z.int(),
  question: z
    .object({
      item: z.string(),
      left: z.int().describe("score at the left, per cent"),
      right: z.int().describe("score at the right, per cent"),
    })
    .nullable()
    .describe("null when all is answered"),
});
const itemId = z.string().regex(/^[0-9a-f]{16}$/);

/**
 * All that an invitation link can do: see its own next frame, answer, take the last answer back. Nothing in an answer
 * tells which score is whose. @param find throws StedError INVITATION_INVALID or INVITATION_EXPIRED
 */
export function testerRoutes(find: (token: string) => Invited, pictures: PictureWorker): readonly Route[] {
  const invited = (request: FastifyRequest): Invited => {
    const match = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? "");
    if (match?.[1] === undefined) {
      throw new StedError("INVITATION_INVALID", "this link is not valid", {
        hint: "ask whoever invited you for a new one",
      });
    }
    return find(match[1]);
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/study/task",
      role: null,
      summary: "A tester's next frame with its two scores, in random order (invitation token)",
      answer: taskSchema,
      handle: ({ request }) => {
        const { study, tester } = invited(request);
        return study.task(tester);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/study/answer",
      role: null,
      summary: "The better score, both alike, or neither; answers with the next frame",
      body: z.strictObject({ item: itemId, answer: z.enum(["left", "right", "equivalent", "discard"]) }),
      answer: taskSchema,
      handle: ({ request, body }) => {
        const { study, tester } = invited(request);
        return study.answer(tester, body.item, body.answer);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/study/undo",
      role: null,
      summary: "Takes a tester's last answer back and asks it again",
      body: nothing,
      answer: taskSchema,
      handle: ({ request }) => {
        const { study, tester } = invited(request);
        return study.undo(tester);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/study/picture/{item}",
      role: null,
      summary: "The frame of a question as PNG",
      params: z.object({ item: itemId }),
      answer: "image/png",
      handle: async ({ request, params, reply }) => {
        const { path, pixelSizeNm } = invited(request).study.picture(params.item);
        const image = (await pictures.decodeFile(await readFile(path), "frame")).images[0];
        if (image === undefined) throw new StedError("NO_FRAME", "its frame is missing");
        const png = await pictures.png(image.pixels, image.shape, { low: 0.5, high: 99.8, map: "ember" });
        reply.header("x-frame-shape", image.shape.join(","));
        reply.header("x-frame-pixel-size-nm", String(pixelSizeNm));
        return reply.type("image/png").send(Buffer.from(png));
      },
    }),
  ];
}
