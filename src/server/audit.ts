import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Clock, type Logger, timestamp } from "../core/index.js";
import type { Who } from "./tokens.js";

export const auditSchema = z.object({
  at: z.string(),
  who: z.string(),
  role: z.string(),
  act: z.string().describe("the command's path"),
  status: z.int(),
});
export type AuditLine = z.infer<typeof auditSchema>;

/** Looking and scoring change nothing; what a tester answers is in the study's own journal. */
const left: ReadonlySet<string> = new Set([
  "/api/v1/score",
  "/api/v1/score/picture",
  "/api/v1/score/heatmap",
  "/api/v1/optimise",
  "/api/v1/study/answer",
  "/api/v1/study/undo",
]);

/** Writes down who commanded what, done or refused: DATA/audit.jsonl. */
export function installAudit(
  app: FastifyInstance,
  data: string,
  whoIs: (request: FastifyRequest) => Who | null,
  clock: Clock,
  logger: Logger,
): void {
  const file = join(data, "audit.jsonl");
  app.addHook("onResponse", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (request.method !== "POST" || left.has(path)) return;
    const who = whoIs(request);
    const line: AuditLine = {
      at: timestamp(clock),
      who: who?.name ?? "unknown",
      role: who?.role ?? "none",
      act: path.replace("/api/v1/", ""),
      status: reply.statusCode,
    };
    try {
      await appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch (thrown) {
      logger.error({ error: (thrown as Error).message }, "the audit cannot be written");
    }
  });
}

/** The newest lines, newest first. */
export async function readAudit(data: string, most: number): Promise<readonly AuditLine[]> {
  const text = await readFile(join(data, "audit.jsonl"), "utf8").catch(() => "");
  const lines = text.split("\n").filter((l) => l !== "");
  return lines
    .slice(-most)
    .reverse()
    .flatMap((line) => {
      try {
        return [auditSchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}
