import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { encodeTiff } from "../../src/core/index.js";
import { agreement, type EvaluatedFrame, evaluationHtml } from "../../src/training/index.js";

const frame = (id: string, rating: number, score: number): EvaluatedFrame => ({
  id,
  rating,
  trueRating: null,
  score,
  lower: score - 0.1,
  upper: score + 0.1,
  inDomain: true,
});

function folderOf(ids: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-evaluation-"));
  mkdirSync(join(folder, "frames"));
  const pixels = Uint16Array.from({ length: 64 * 32 }, (_, p) => p % 64);
  for (const id of ids) {
    writeFileSync(join(folder, "frames", `${id}.tif`), encodeTiff({ pixels, shape: [32, 64] }));
  }
  return folder;
}

describe("an evaluation as HTML", () => {
  const points = [frame("a", 0.1, 0.12), frame("b", 0.5, 0.9), frame("c", 0.8, 0.7), frame("d", 0.95, 0.9)];
  const result = {
    ...agreement(
      points.map((p) => p.score),
      points.map((p) => p.rating),
    ),
    coverage90: 0.75,
    coveragePerBin: [1, null, 0, null, 1],
    withoutScore: { "no <foreground>": 2 },
    inDomain: 1,
    frames: "test" as const,
    trueRating: null,
  };

  it("holds figures, the three pictures and the worst frames, worst first, and loads nothing", async () => {
    const dataset = folderOf(["a", "b", "c", "d"]);
    const html = await evaluationHtml({ model: "my <net>", dataset, result, points });
    expect(html).toContain("Evaluation of my &lt;net&gt;");
    expect(html).toContain("2: no &lt;foreground&gt;");
    expect(html).toContain("its test split");
    // RMSE = sqrt((.02² + .4² + .1² + .05²) / 4) = .2080
    expect(html).toMatch(/<td>labels<\/td><td>4<\/td><td>20\.8<\/td>/);
    expect(html).toMatch(/<td>20–40<\/td><td>0<\/td><td>–<\/td><td>–<\/td>/);
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect([...html.matchAll(/alt="Frame (\w)"/g)].map((m) => m[1])).toEqual(["b", "c", "d", "a"]);
    expect(html).toContain("b: rated 50, predicted 90");
    const outside = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].filter((m) => !m[1]?.startsWith("data:"));
    expect(outside).toEqual([]);
    const first = /base64,([A-Za-z0-9+/=]+)/.exec(html)?.[1] ?? "";
    const png = decode(Buffer.from(first, "base64"));
    expect([png.width, png.height, png.channels]).toEqual([64, 32, 1]);
    expect([png.data[0], png.data[63]]).toEqual([0, 255]);
  });

  it("of frames of which none got a score says so without a picture", async () => {
    const none = { ...result, ...agreement([], []), coveragePerBin: null, coverage90: null };
    const html = await evaluationHtml({ model: "net", dataset: folderOf([]), result: none, points: [] });
    expect(html).not.toContain("<img");
    expect(html).not.toContain("NaN");
  });
});
