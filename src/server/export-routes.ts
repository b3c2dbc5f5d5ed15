import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { z } from "zod";
import { StedError } from "../core/index.js";
import { Child } from "./child.js";
import type { ServerOptions } from "./options.js";
import { type Route, route } from "./route.js";
import { tarOf } from "./tar.js";
import type { Workshop } from "./workshop.js";

/** A run in a format of other programs, as one file to save. */
export function exportRoutes(runs: ServerOptions["runs"], workshop: Workshop): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/runs/{id}/export",
      role: "viewer",
      summary: "A run as `stedloop export` writes it, in one tar archive",
      params: z.object({ id: z.string().min(1).max(200) }),
      query: z.object({ format: z.enum(["csv", "ome-tiff", "ome-zarr", "useq"]).default("ome-zarr") }),
      answer: "application/x-tar",
      handle: async ({ params, query, reply }) => {
        const { run } = await runs.run(params.id);
        const { data, command } = workshop;
        mkdirSync(join(data, "exports"), { recursive: true });
        // Beside the runs and not in the system's temporary folder, which is often small.
        const folder = mkdtempSync(join(data, "exports", "page-"));
        const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
        const args = ["export", run, "--to", folder, "--format", query.format, "--data", data, "--json"];
        const { code, lines } = await new Child(command, args).ended;
        if (code !== 0) {
          await remove();
          throw new StedError("EXPORT_FAILED", (lines.at(-1) ?? "it ended without a word").slice(0, 300));
        }
        const archive = Readable.from(tarOf(folder), { objectMode: false });
        archive.once("close", () => void remove().catch(() => undefined));
        reply.header("content-disposition", `attachment; filename="${run}-${query.format}.tar"`);
        return reply.type("application/x-tar").send(archive);
      },
    }),
  ];
}
