import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/index.js";
import { decodeJson, encodeJson } from "../../src/journal/json.js";
import { sampleFrame, sampleIntent, sampleResult, sampleRun, testFolder, testJournal } from "./sample.js";

describe("JSON", () => {
  it("gives back every number and text exactly", () => {
    const leaf = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
      fc.integer(),
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("value")),
        fc.dictionary(fc.oneof(fc.string(), fc.constant("$number")), tie("value"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (v) => {
        // {"$number": "text"} alone is our own mark and is no plain data of ours.
        fc.pre(!JSON.stringify(v).match(/\{"\$number":"[^"]*"\}/));
        expect(decodeJson(encodeJson(v))).toEqual(v);
      }),
      { numRuns: 120 },
    );
  });
});

describe("frames", () => {
  const side = fc.integer({ min: 1, max: 40 });
  const pixels = fc.oneof(
    fc
      .tuple(side, side)
      .chain(([h, w]) =>
        fc
          .uint16Array({ minLength: h * w, maxLength: h * w })
          .map((p) => ({ pixels: p, shape: [h, w] as const })),
      ),
    fc
      .tuple(side, side)
      .chain(([h, w]) =>
        fc
          .float32Array({ minLength: h * w, maxLength: h * w })
          .map((p) => ({ pixels: p, shape: [h, w] as const })),
      ),
  );

  it("come back bit for bit, NaN and all, also out of a larger buffer", async () => {
    const journal = await testJournal(testFolder());
    await journal.createRun(sampleRun());
    let n = 0;
    await fc.assert(
      fc.asyncProperty(pixels, fc.boolean(), async (image, window) => {
        const frame: Frame = { ...sampleFrame(`frame ${++n}`), ...image };
        const Pixels = image.pixels instanceof Float32Array ? Float32Array : Uint16Array;
        const large = new Pixels(image.pixels.length + 8);
        large.set(image.pixels, 4);
        const sent = window ? large.subarray(4, 4 + image.pixels.length) : image.pixels;
        const fresh = await journal.addFrame("run-1", {
          role: "extra",
          frame: { ...frame, pixels: sent },
          score: null,
        });
        if (fresh) expect(await journal.reader.frame("run-1", frame.id)).toEqual(frame);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a history of steps", () => {
  it("reads as it went, whatever it was", async () => {
    const journal = await testJournal(testFolder());
    const fate = fc.constantFrom("done", "lost", "failed");
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 6 }), async (fates) => {
        const run = `run-${++n}`;
        await journal.createRun(sampleRun(run));
        let step = 1;
        let attempt = 1;
        const expected: unknown[] = [];
        for (const state of fates) {
          await journal.beginStep(sampleIntent(run, step, attempt));
          if (state === "done") await journal.commitStep(sampleResult(run, step, attempt));
          else await journal.endAttempt(run, step, attempt, state, "why");
          expected.push([step, attempt, state]);
          if (state === "done") step++;
          attempt = state === "done" ? 1 : attempt + 1;
        }
        const steps = await journal.reader.steps(run);
        expect(steps.map((s) => [s.intent.step, s.intent.attempt, s.state])).toEqual(expected);
        expect((await journal.reader.run("latest")).iterations).toBe(step - 1);
        expect((await journal.reader.run(run)).frames).toBe(3 * (step - 1));
      }),
      { numRuns: 8 },
    );
  });
});
