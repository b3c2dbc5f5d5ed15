import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { encodeTiff } from "../../src/core/index.js";
import { deployedModel, newToken } from "../../src/server/index.js";
import { fakeRuns } from "./fake-runs.js";
import { FakeSession } from "./fake-session.js";
import { type FakeWorkshop, fakeWorkshop, standIn } from "./fake-workshop.js";
import { type Served, serve } from "./serve.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(given: { workshop?: FakeWorkshop; tokens?: boolean } = {}) {
  const workshop = given.workshop ?? fakeWorkshop(standIn);
  const session = new FakeSession();
  session.takeStep();
  const made = (["viewer", "operator", "admin"] as const).map((role) => newToken(role, role));
  const served: Served = await serve({
    session,
    workshop,
    runs: fakeRuns([{ id: "r1", session }]),
    ...(given.tokens ? { tokens: made.map((t) => t.record) } : {}),
  });
  closers.push(() => served.close());
  const call = async (path: string, body?: object, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await (body === undefined
      ? served.get(`/api/v1/${path}`, headers)
      : served.post(`/api/v1/${path}`, body, headers));
    // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
    return { status: answer.status, body: (await answer.json().catch(() => null)) as any };
  };
  const tokens = {
    viewer: made[0]?.token ?? "",
    operator: made[1]?.token ?? "",
    admin: made[2]?.token ?? "",
  };
  return { served, workshop, call, tokens };
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await what())) {
    if (performance.now() > end) throw new Error("waited in vain");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// Each starts processes, which take seconds on a busy computer.
describe("training from the page", { timeout: 120_000 }, () => {
  it("runs as a process of its own with its curve, refuses a second and what is not there", async () => {
    const { call, workshop } = await open();
    const set = join(workshop.data, "ratings", "mine");
    mkdirSync(set, { recursive: true });
    const wish = { name: "net", dataset: set };
    expect((await call("training", wish)).body.error).toMatchObject({ code: "NO_DATASET" });
    writeFileSync(join(set, "dataset.json"), "{}");
    writeFileSync(join(set, "labels.csv"), "id,rating\n");
    expect((await call("training", { ...wish, name: "a/b" })).status).toBe(400);
    expect((await call("training", wish)).body.state).toBe("training");
    expect((await call("training", wish)).body.error.code).toBe("TRAINING_BUSY");
    await until(async () => (await call("training/progress")).body.state === "done");
    const { body } = await call("training");
    expect(body.training.epochs).toMatchObject([{ epoch: 1, loss: 0.04, validationRmse: 0.2 }]);
    expect(body.training.lines).toEqual(["epoch 1/2 done"]);
    expect(body.datasets).toMatchObject([{ name: "mine", folder: set }]);
    expect((await call("training", wish)).body.error.code).toBe("MODEL_EXISTS");
  });

  it("is cancelled, keeps its checkpoint, and says why it failed", async () => {
    const { call, workshop } = await open();
    const set = join(workshop.data, "ratings", "mine");
    mkdirSync(set, { recursive: true });
    writeFileSync(join(set, "dataset.json"), "{}");
    await call("training", { name: "long", dataset: set, resume: true });
    await until(async () => (await call("training/progress")).body.epochs.length === 1);
    expect((await call("training/cancel", {})).body.state).toBe("cancelled");
    await until(async () => (await call("training/cancel", {})).status === 409);
    expect((await call("training/progress")).body).toMatchObject({
      state: "cancelled",
      epochs: [{ epoch: 1 }],
    });
    const bad = await open({ workshop: fakeWorkshop('console.error("stedloop: no"); process.exit(1)') });
    mkdirSync(join(bad.workshop.data, "s"));
    writeFileSync(join(bad.workshop.data, "s", "dataset.json"), "{}");
    await bad.call("training", { name: "x", dataset: join(bad.workshop.data, "s") });
    await until(async () => (await bad.call("training/progress")).body.state === "failed");
    expect((await bad.call("training/progress")).body.lines).toEqual(["stedloop: no"]);
  });

  it("evaluates, deploys and rolls back; only an admin deploys", async () => {
    const { call, workshop, tokens } = await open({ tokens: true });
    const { operator, admin } = tokens;
    const wish = { model: "actin", dataset: workshop.data };
    const astray = { model: "actin", dataset: "sets/x" };
    expect((await call("training/evaluate", astray, operator)).body.error.code).toBe("NO_FOLDER");
    expect((await call("training/evaluate", wish, operator)).body).toMatchObject({
      figures: { rmse: 0.1 },
      points: [{ id: "a", score: 0.6 }],
    });
    expect((await call("models/deploy", { model: "actin" }, operator)).status).toBe(403);
    expect((await call("models/deploy", { model: "nothing" }, admin)).body.error.code).toBe("MODEL_UNKNOWN");
    expect((await call("models/deploy", { model: "actin" }, admin)).status).toBe(200);
    expect(deployedModel(workshop.data)).toBe("actin");
    expect((await call("models/rollback", {}, admin)).status).toBe(200);
    expect(deployedModel(workshop.data)).toBeNull();
    expect((await call("models/rollback", {}, admin)).body.error.code).toBe("NOTHING_DEPLOYED");
  });
});

describe("runs' notes, replay, audit, doctor", { timeout: 120_000 }, () => {
  it("keeps notes in the journal, checks by replay, and writes down who did what", async () => {
    const { call, workshop, tokens } = await open({ tokens: true });
    const { viewer, operator, admin } = tokens;
    const note = { note: "best so far", tags: ["actin", "week 3"] };
    expect((await call("runs/r1/note", note, viewer)).status).toBe(403);
    expect((await call("runs/r1/note", note, operator)).status).toBe(200);
    expect((await call("runs/none/note", note, operator)).status).not.toBe(200);
    expect((await call("notes", undefined, viewer)).body).toEqual({ notes: { r1: note } });
    expect(workshop.kept.get("r1")?.[0]?.data).toMatchObject({ by: "operator" });
    expect((await call("runs/r1/replay", {}, operator)).body).toMatchObject({ identical: true });
    expect((await call("audit", undefined, operator)).status).toBe(403);
    await until(async () => (await call("audit", undefined, admin)).body.lines.length === 4);
    const { lines } = (await call("audit", undefined, admin)).body;
    expect(lines).toMatchObject([
      { who: "operator", act: "runs/r1/replay", status: 200 },
      { who: "operator", act: "runs/none/note" },
      { who: "operator", role: "operator", act: "runs/r1/note", status: 200 },
      { who: "viewer", role: "viewer", act: "runs/r1/note", status: 403 },
    ]);
    expect(readFileSync(join(workshop.data, "audit.jsonl"), "utf8")).not.toMatch(/stedloop_/);
  });

  it("shows limits, power over time and the doctor's findings", async () => {
    const { call, served } = await open();
    served.session.takeStep();
    const rig = (await call("rig")).body;
    expect(rig.limits.limits.depletionPowerMw).toEqual({ max: 250 });
    expect(rig.history.length).toBeGreaterThan(0);
    expect((await call("doctor", {})).body.findings).toMatchObject([
      { name: "engine onnx-cpu", state: "ok" },
      { name: "port", hint: "choose another" },
    ]);
  });
});

describe("rating over HTTP", () => {
  it("makes a set from a folder, shows frames, and takes judgements", async () => {
    const { call, workshop, served } = await open();
    const folder = join(workshop.data, "in");
    mkdirSync(folder);
    for (const i of [1, 2]) {
      const pixels = new Uint16Array(64 * 64).fill(i);
      writeFileSync(join(folder, `${i}.tif`), encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 20 }));
    }
    const made = await call("ratings", { name: "s", source: { folder } });
    expect(made.body).toEqual({ name: "s", frames: 2, leftOut: [] });
    const task = (await call("ratings/s/task?rater=anna")).body;
    expect(task).toMatchObject({ rater: "anna", done: 0, total: 3 });
    const png = await served.get(`/api/v1/ratings/s/frames/${task.frame}`);
    expect(png.headers.get("content-type")).toBe("image/png");
    const act = { rater: "anna", frame: task.frame, act: "rate", rating: 0.4 };
    expect((await call("ratings/s/judge", { ...act, rater: "" })).body.error).toMatchObject({
      code: "NO_RATER",
    });
    expect((await call("ratings/s/judge", { ...act, rating: 4 })).status).toBe(400);
    expect((await call("ratings/s/judge", act)).body.done).toBe(1);
    expect((await call("ratings/s/judge", act)).body.error.code).toBe("ALREADY_RATED");
    expect((await call("ratings")).body.sets).toMatchObject([
      { name: "s", raters: [{ rater: "anna", done: 1 }] },
    ]);
    expect((await call("ratings/nothing/task?rater=a")).status).toBe(404);
    expect((await call("ratings/s/frames/..%2F..%2Frating.json")).status).toBe(404);
  });
});
