import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { openBundle, Scorer } from "../../src/scoring/index.js";
import { writeBundle } from "../../src/training/bundle-writer.js";
import { networkSpec } from "../../src/training/network.js";
import { initialWeights } from "../../src/training/network-weights.js";
import { filaments, tinyCard, tinyModel } from "./tiny-bundle.js";

describe.each(["cnn", "fcn"] as const)("the wasm engine, %s", (arch) => {
  it("gives the plain engine's score, features and heatmap", async () => {
    const spec = networkSpec({ arch });
    const weights = initialWeights(spec, RandomStream.of(3, "weights"));
    for (const [name, values] of weights) {
      // A fresh head hardly looks at the frame.
      if (/^(fc2|map)\/kernel$/.test(name))
        weights.set(
          name,
          values.map((v) => v * 20),
        );
    }
    const folder = mkdtempSync(join(tmpdir(), "stedloop-wasm-"));
    const { weights: _, schema: __, scoring: ___, ...draft } = tinyCard(tinyModel(), { architecture: arch });
    writeBundle(folder, spec, weights, { ...draft, domain: null });
    const bundle = await openBundle(folder);
    const pixels = filaments(224, 224);
    const seen = [];
    for (const engine of ["onnx-cpu", "wasm"]) {
      const scorer = await Scorer.open(bundle, { engine, threads: 1 });
      expect(scorer.info.name).toBe(engine);
      seen.push(
        await scorer.detail({ pixels, shape: [224, 224], pixelSizeNm: 20 }, { heatmap: arch === "fcn" }),
      );
      await scorer.close();
    }
    const [plain, wasm] = seen;
    expect(plain?.record.score).toBeGreaterThan(0.02);
    expect(plain?.record.score).toBeLessThan(0.98);
    expect(wasm?.record.score).toBeCloseTo(plain?.record.score as number, 4);
    if (arch === "fcn") {
      const [a, b] = [plain?.heatmap?.data, wasm?.heatmap?.data];
      expect(b?.length).toBe(a?.length);
      for (let i = 0; i < (a?.length ?? 0); i += 997) expect(b?.[i]).toBeCloseTo(a?.[i] as number, 4);
    }
  }, 60_000);
});
