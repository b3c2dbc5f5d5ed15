import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Clock, StedError } from "../core/index.js";
import { htmlOf, Study } from "../study/index.js";
import type { PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";
import { type Invited, testerRoutes } from "./tester-routes.js";

const id = z.object({ study: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/) });

/** User studies of DATA/studies: who has answered what, the result, links; and the testers' own side. */
export function studyRoutes(data: string, pictures: PictureWorker, clock: Clock): readonly Route[] {
  const open = new Map<string, Study>();
  const folder = join(data, "studies");
  const names = (): readonly string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => existsSync(join(folder, name, "study.json")))
          .sort()
      : [];
  const find = (name: string): Study => {
    const known = open.get(name) ?? Study.open(join(folder, name), clock);
    open.set(name, known);
    return known;
  };
  const invited = (token: string): Invited => {
    let refusal: unknown = null;
    for (const name of names()) {
      try {
        const study = find(name);
        return { study, tester: study.invitations.testerOf(token) };
      } catch (thrown) {
        const expired = (thrown as StedError).code === "INVITATION_EXPIRED";
        if (expired || refusal === null) refusal = thrown;
      }
    }
    throw (
      refusal ??
      new StedError("INVITATION_INVALID", "this link is not valid", {
        hint: "ask whoever invited you for a new one",
      })
    );
  };
  return [
    ...testerRoutes(invited, pictures),
    route({
      method: "GET",
      path: "/api/v1/studies",
      role: "viewer",
      summary: "User studies in this data folder",
      answer: z.object({ studies: z.array(z.unknown()) }),
      handle: () => ({
        studies: names().map((name) => {
          const { file } = find(name);
          const { createdAt, datasets, models, items } = file;
          return {
            name,
            createdAt,
            datasets,
            models,
            questions: items.length,
            testers: find(name).progress(),
          };
        }),
      }),
    }),
    route({
      method: "GET",
      path: "/api/v1/studies/{study}",
      role: "operator",
      summary: "A study's result so far, as `stedloop study report` prints it",
      params: id,
      answer: z.unknown(),
      handle: ({ params }) => find(params.study).result(),
    }),
    route({
      method: "GET",
      path: "/api/v1/studies/{study}/report",
      role: "operator",
      summary: "The report as one HTML file",
      params: id,
      answer: "text/html",
      handle: ({ params, reply }) => {
        const study = find(params.study);
        reply.header("content-disposition", `attachment; filename="${study.file.name}.html"`);
        return reply.type("text/html").send(htmlOf(study.result(), study.votes()));
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/studies/{study}/invite",
      role: "admin",
      summary: "Makes invitation links; each is shown once",
      params: id,
      body: z.strictObject({
        testers: z.array(z.string().trim().min(1, "a tester needs a name").max(80)).min(1).max(100),
        days: z.number().positive().max(365).default(14),
      }),
      answer: z.object({ invitations: z.array(z.unknown()) }),
      handle: ({ params, body }) => ({
        invitations: find(params.study)
          .invitations.add(body.testers, body.days)
          .map(({ tester, token, expiresAt }) => ({ tester, path: `/study.html#${token}`, expiresAt })),
      }),
    }),
    route({
      method: "POST",
      path: "/api/v1/studies/{study}/revoke",
      role: "admin",
      summary: "Ends a tester's links; the answers stay",
      params: id,
      body: z.strictObject({ tester: z.string().min(1).max(80) }),
      answer: z.object({ ok: z.literal(true) }),
      handle: ({ params, body }) => {
        find(params.study).invitations.revoke(body.tester);
        return { ok: true as const };
      },
    }),
  ];
}
