import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTiff, type Image } from "../../src/core/index.js";
import { Advisor } from "../../src/optimiser/index.js";
import { type Served, serve } from "./serve.js";

let served: Served;
let given: Image[] = [];
beforeEach(async () => {
  given = [];
  served = await serve({
    score: async (image) => {
      given.push(image);
      return { score: 0.5, lower: 0.4, upper: 0.6, inDomain: true, foreground: 0.2, ms: 3 };
    },
    optimise: async (body) => ({ settings: { a: 1 }, why: null, state: body }),
  });
});
afterEach(() => served.close());

const upload = (bytes: Uint8Array, name: string, query = ""): Promise<Response> => {
  const form = new FormData();
  form.append("file", new Blob([Uint8Array.from(bytes)]), name);
  return fetch(`${served.address}/api/v1/score${query}`, { method: "POST", body: form });
};
const counts = Uint16Array.from({ length: 64 * 80 }, (_, i) => i % 1000);

describe("POST /api/v1/score", () => {
  it("takes a TIFF and gives the score line", async () => {
    const tiff = encodeTiff({ pixels: counts, shape: [64, 80], pixelSizeNm: 25 });
    const answer = await upload(tiff, "axon.tif");
    expect(await answer.json()).toEqual({
      file: "axon.tif",
      frame: 0,
      frames: 1,
      score: 0.5,
      lower: 0.4,
      upper: 0.6,
      inDomain: true,
      foreground: 0.2,
      ms: 3,
    });
    expect(given[0]?.shape).toEqual([64, 80]);
    expect(given[0]?.pixelSizeNm).toBeCloseTo(25, 6);
    expect(Array.from(given[0]?.pixels ?? [])).toEqual(Array.from(counts));
  });

  it("takes an Imspector file: the STED image unless another is asked for", async () => {
    const bytes = readFileSync(join(import.meta.dirname, "../core/fixtures/obf/triple.msr"));
    const line = async (query = ""): Promise<unknown> => (await upload(bytes, "triple.msr", query)).json();
    expect(await line()).toMatchObject({ frame: 1, frames: 3, stack: "STED 640 {1}" });
    expect(await line("?frame=0")).toMatchObject({ frame: 0, frames: 3, stack: "Conf 640 before" });
    expect(await line("?stack=Conf%20640%20after")).toMatchObject({
      frame: 0,
      frames: 1,
      stack: "Conf 640 after",
    });
    expect(given.map((i) => [i.shape, i.pixelSizeNm, Object.keys(i).length])).toEqual(
      given.map(() => [[80, 96], 20, 3]),
    );
    expect(await line("?stack=none")).toMatchObject({ error: { code: "NO_STACK" } });
  });

  it("takes JSON, of 20 nm pixels unless it says otherwise", async () => {
    const image = [
      [0, 1, 2.5],
      [3, 4, 5],
    ];
    expect((await served.post("/api/v1/score", { image })).status).toBe(200);
    expect((await served.post("/api/v1/score", { image, pixelSizeNm: 30 })).status).toBe(200);
    expect(given.map((i) => i.pixelSizeNm)).toEqual([20, 30]);
    expect(Array.from(given[0]?.pixels ?? [])).toEqual([0, 1, 2.5, 3, 4, 5]);
  });

  const wrong: readonly [string, string, string][] = [
    ["not JSON", "{", "BAD_JSON"],
    ["no image", "{}", "BAD_REQUEST"],
    ["ragged rows", '{"image":[[1,2],[3]]}', "BAD_IMAGE"],
    ["a negative count", '{"image":[[1,-2]]}', "BAD_IMAGE"],
    ["text", '{"image":[["1"]]}', "BAD_IMAGE"],
    ["a null", '{"image":[[null]]}', "BAD_IMAGE"],
    ["an unknown key", '{"image":[[1]],"pixelsize":3}', "BAD_REQUEST"],
  ];
  it.each(wrong)("refuses %s and says where", async (_, body, code) => {
    const answer = await fetch(`${served.address}/api/v1/score`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code } });
    expect(given).toEqual([]);
  });

  it("refuses a text file called .tif, and a page that is not there", async () => {
    const text = await upload(new TextEncoder().encode("hello"), "x.tif");
    expect(text.status).toBe(400);
    expect(((await text.json()) as { error: { message: string } }).error.message).toMatch(/TIFF|image/i);
    const tiff = encodeTiff({ pixels: counts, shape: [64, 80] });
    const page = await upload(tiff, "x.tif", "?frame=3");
    expect(page.status).toBe(400);
    expect(await page.json()).toMatchObject({
      error: { message: "the file has 1 pages, there is no page 3" },
    });
  });

  it("refuses what is too large with 413, and still serves the next", async () => {
    const answer = await upload(new Uint8Array(65 * 1024 * 1024), "big.tif");
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: "TOO_LARGE" } });
    expect((await served.get("/health/live")).status).toBe(200);
  });
});

describe("POST /api/v1/optimise", () => {
  it("hands the body on, and says so where there is no optimiser", async () => {
    const body = { space: { seed: 1 }, observations: [] };
    const answer = await served.post("/api/v1/optimise", body);
    expect(await answer.json()).toEqual({ settings: { a: 1 }, why: null, state: body });
    const other = await serve();
    const none = await other.post("/api/v1/optimise", body);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ error: { code: "NO_OPTIMISER" } });
    await other.close();
  });
  it("a stranger's slips come back with the field's name, never as a crash", async () => {
    const advisor = new Advisor();
    const other = await serve({ optimise: (body) => advisor.advise(body) });
    const space = {
      parameters: [{ name: "a", min: 0, max: 1 }],
      objectives: [{ name: "f", direction: "minimise" }],
    };
    const told = (settings: object, objectives: object): object => ({
      space,
      observations: [{ settings, objectives }],
    });
    const cases: [object, RegExp][] = [
      [{ space: { ...space, parameters: [{ name: "a", min: 2, max: 1 }] } }, /^parameters\[0\]\.min: /],
      [told({ a: "0.5" }, {}), /^observations\[0\]\.settings\.a: /],
      [told({ a: 0.5 }, { g: 1 }), /^observations\[0\]\.objectives\.g: /],
      [{ space: { ...space, limits: { a: { min: 2 } } } }, /^limits: /],
    ];
    for (const [body, message] of cases) {
      const answer = await other.post("/api/v1/optimise", body);
      expect(answer.status).toBe(400);
      const { error } = (await answer.json()) as { error: { message: string } };
      expect(error.message).toMatch(message);
    }
    const fine = await other.post("/api/v1/optimise", told({ a: 0.5 }, { f: 1 }));
    expect(await fine.json()).toMatchObject({ settings: { a: expect.any(Number) } });
    await other.close();
    await advisor.close();
  });
});
