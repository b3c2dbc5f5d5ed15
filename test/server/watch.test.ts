import { decode } from "fast-png";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { colourMap, colourMapNames } from "../../src/server/colour-map.js";
import { pictureOf } from "../../src/server/picture.js";
import { stateSchema, stepSchema } from "../../src/server/schemas.js";
import { FakeSession } from "./fake-session.js";
import { type Served, serve } from "./serve.js";

const white = colourMap("grey")[3 * 255];
let served: Served;
beforeEach(async () => {
  served = await serve({ session: new FakeSession({ sizePx: 96 }) });
});
afterEach(() => served.close());

describe("what can be looked at", () => {
  it("state and steps are what their schemas say, at every moment of a run", async () => {
    const states = async (): Promise<void> => {
      const body = await (await served.get("/api/v1/state")).json();
      expect(
        stateSchema.strict().extend({ server: stateSchema.shape.run }).safeParse(body).error,
      ).toBeUndefined();
    };
    await states();
    served.session.takeStep();
    served.session.propose();
    await states();
    await served.session.panic("test", "me");
    await states();
    served.session.takeStep();
    const all = (await (await served.get("/api/v1/steps")).json()) as { steps: unknown[] };
    expect(all.steps).toHaveLength(2);
    for (const step of all.steps) expect(stepSchema.strict().safeParse(step).error).toBeUndefined();
    expect(await (await served.get("/api/v1/steps?from=2")).json()).toMatchObject({ steps: [{ step: 2 }] });
  });

  it("raw frames are the counts themselves", async () => {
    const id = served.session.takeStep().frames.sted as string;
    const frame = await served.session.frame(id);
    const answer = await served.get(`/api/v1/frames/${id}?raw=1`);
    expect(answer.headers.get("x-frame-dtype")).toBe("uint16");
    expect(answer.headers.get("x-frame-shape")).toBe("96,96");
    expect(answer.headers.get("x-frame-pixel-size-nm")).toBe("20");
    const view = new DataView(await answer.arrayBuffer());
    const read = Array.from({ length: 96 * 96 }, (_, i) => view.getUint16(2 * i, true));
    expect(read).toEqual(Array.from(frame?.pixels ?? []));
  });

  it("pictures are PNGs of the frame's size", async () => {
    const id = served.session.takeStep().frames.sted as string;
    const answer = await served.get(`/api/v1/frames/${id}?map=grey&low=0&high=100`);
    expect(answer.headers.get("content-type")).toBe("image/png");
    const png = decode(new Uint8Array(await answer.arrayBuffer()));
    expect([png.width, png.height, png.channels]).toEqual([96, 96, 3]);
    expect([Math.min(...png.data), Math.max(...png.data)]).toEqual([0, white]);
  });

  const missing: readonly [string, number, string][] = [
    ["/api/v1/frames/none", 404, "NO_FRAME"],
    ["/api/v1/frames/none/heatmap", 404, "NO_FRAME"],
    ["/api/v1/frames/none?map=jet", 400, "BAD_REQUEST"],
    ["/api/v1/frames/none?low=-1", 400, "BAD_REQUEST"],
    ["/api/v1/runs/none", 404, "RUN_UNKNOWN"],
  ];
  it.each(missing)("%s -> %i %s", async (path, status, code) => {
    const answer = await served.get(path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it("a model without heatmap says so; one with gives a picture", async () => {
    const id = served.session.takeStep().frames.sted as string;
    const without = await served.get(`/api/v1/frames/${id}/heatmap`);
    expect(without.status).toBe(404);
    expect(await without.json()).toMatchObject({ error: { code: "NO_HEATMAP" } });
    const other = await serve({
      session: served.session,
      heatmap: async () => ({ kind: "network", values: Float32Array.of(0, 0.5, 1, 0.25), shape: [2, 2] }),
    });
    const png = decode(
      new Uint8Array(await (await other.get(`/api/v1/frames/${id}/heatmap?map=grey`)).arrayBuffer()),
    );
    await other.close();
    expect([png.data[0], png.data[6]]).toEqual([0, white]);
  });

  it("health tells why it is not ready", async () => {
    const other = await serve({ health: () => ({ live: true, ready: false, reasons: ["the rig is lost"] }) });
    expect((await other.get("/health/live")).status).toBe(200);
    const ready = await other.get("/health/ready");
    expect([ready.status, await ready.json()]).toEqual([503, { ok: false, reasons: ["the rig is lost"] }]);
    await other.close();
  });

  it("metrics tell of light, score and steps as they are now", async () => {
    served.session.takeStep();
    served.session.lights(true, 123);
    const text = await (await served.get("/metrics")).text();
    expect(text).toContain('stedloop_light_milliwatts{source="depletion 775",kind="depletion"} 123');
    expect(text).toContain('stedloop_light_on{source="depletion 775",kind="depletion"} 1');
    expect(text).toContain("stedloop_steps 1\n");
    expect(text).toMatch(/stedloop_score 0\.\d+/);
  });
});

describe("the API's document", () => {
  it("names every route that interfaces.md promises, with bodies and roles", async () => {
    const document = (await (await served.get("/api/v1/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { requestBody?: unknown; "x-role": string; operationId: string }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    const gets = [
      "state",
      "events",
      "runs",
      "runs/{id}",
      "frames/{id}",
      "frames/{id}/heatmap",
      "openapi.json",
    ];
    const posts = [
      ...[
        "proposal/approve",
        "proposal/reject",
        "proposal/edit",
        "proposal/choose",
        "mode",
        "pause",
        "resume",
      ],
      ...["skip", "repeat", "stop", "abort", "panic", "score", "optimise"],
    ];
    for (const path of gets) expect(document.paths[`/api/v1/${path}`]?.["get"], path).toBeDefined();
    for (const path of posts) expect(document.paths[`/api/v1/${path}`]?.["post"], path).toBeDefined();
    expect(document.paths["/health/ready"]?.["get"]).toBeDefined();
    expect(document.paths["/api/v1/mode"]?.["post"]?.requestBody).toMatchObject({
      content: { "application/json": { schema: { required: ["mode"] } } },
    });
    expect(document.paths["/api/v1/panic"]?.["post"]?.["x-role"]).toBe("anyone");
    const ids = Object.values(document.paths).flatMap((p) => Object.values(p).map((o) => o.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("pictures", () => {
  it("every colour map rises evenly in lightness", () => {
    for (const name of colourMapNames) {
      const map = colourMap(name);
      const lightness = Array.from({ length: 256 }, (_, i) => cieLightness(map.subarray(3 * i, 3 * i + 3)));
      const steps = lightness.slice(1).map((l, i) => l - (lightness[i] as number));
      // Even to within what 8 bits a channel can show.
      expect(Math.min(...steps), name).toBeGreaterThanOrEqual(0);
      const even = lightness.map((l, i) => Math.abs(l - (97.5 * i) / 255));
      expect(Math.max(...even), name).toBeLessThan(0.5);
      expect(
        new Set(Array.from({ length: 256 }, (_, i) => map.slice(3 * i, 3 * i + 3).join())).size,
      ).toBeGreaterThan(235);
    }
  });

  it("cuts at the percentiles", () => {
    const pixels = Float32Array.from({ length: 100 }, (_, i) => i);
    const png = decode(pictureOf(pixels, [10, 10], { low: 10, high: 90, map: "grey" }));
    const grey = Array.from({ length: 100 }, (_, i) => png.data[3 * i] as number);
    expect(grey.slice(0, 10).every((v) => v === 0)).toBe(true);
    expect(grey.slice(90).every((v) => v === grey[99])).toBe(true);
    expect(grey[50]).toBeGreaterThan(grey[40] as number);
  });

  it("shows a constant frame as black and does not fail", () => {
    const png = decode(pictureOf(new Uint16Array(16).fill(7), [4, 4], { low: 1, high: 99, map: "ember" }));
    expect(new Set(png.data)).toEqual(new Set([0]));
  });
});

/** CIE 1976 L* of an sRGB colour: another measure of lightness than the one that the maps are made with. */
function cieLightness(rgb: Uint8Array): number {
  const [r, g, b] = Array.from(rgb, (v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (y * 24389) / 27;
}
