import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/**
 * Serves the built page; its files carry their hash in their name, but for the HTML.
 * @param root dist/web @param index what stands at /
 */
export async function installPage(app: FastifyInstance, root: string, index = "index.html"): Promise<void> {
  if (!existsSync(join(root, index))) {
    app.get("/", (_request, reply) =>
      reply.code(503).type("text/plain").send("The page is not built. Run: npm run build\n"),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root,
    // As a list: a single name is looked for in compressed form only.
    index: [index],
    preCompressed: true,
    cacheControl: false,
    setHeaders(response, path) {
      const hashed = /[/\\]assets[/\\]/.test(path);
      response.setHeader("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}
