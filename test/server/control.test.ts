import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectError } from "../../src/core/index.js";
import { FakeSession } from "./fake-session.js";
import { rawRequest } from "./http.js";
import { type Served, serve } from "./serve.js";

let served: Served;
beforeEach(async () => {
  served = await serve({ session: new FakeSession() });
});
afterEach(() => served.close());

const failure = async (
  answer: Response,
): Promise<{ status: number; code: string; message: string; text: string }> => {
  const text = await answer.text();
  const { error } = JSON.parse(text);
  return { status: answer.status, code: error.code, message: error.message, text };
};

describe("an operator's commands", () => {
  it("pass on who, which proposal and what", async () => {
    const { session, post } = served;
    const first = session.propose();
    expect((await post("/api/v1/proposal/approve", { proposal: first })).status).toBe(200);
    session.propose();
    expect((await post("/api/v1/proposal/reject")).status).toBe(200);
    session.propose();
    expect((await post("/api/v1/proposal/choose", { option: 1 })).status).toBe(200);
    session.propose();
    expect((await post("/api/v1/proposal/edit", { settings: { p_sted: 50, dwellTimeUs: 4 } })).status).toBe(
      200,
    );
    for (const verb of ["pause", "resume", "skip", "repeat", "stop", "abort"]) {
      expect((await post(`/api/v1/${verb}`)).status).toBe(200);
    }
    expect((await post("/api/v1/mode", { mode: "hold" })).status).toBe(200);
    expect(session.asked).toEqual([
      "approve p1 local",
      "reject p2 local",
      "choose p3 1 local",
      'edit p4 {"depletionPowerMw":50,"dwellTimeUs":4} local',
      "pause local",
      "resume local",
      "skip local",
      "repeat local",
      "stop local",
      "abort local",
      "mode hold local",
    ]);
  });

  const wrong: readonly [string, unknown, number, string][] = [
    ["/api/v1/mode", { mode: "turbo" }, 400, "BAD_REQUEST"],
    ["/api/v1/mode", {}, 400, "BAD_REQUEST"],
    ["/api/v1/mode", { mode: "auto", extra: 1 }, 400, "BAD_REQUEST"],
    ["/api/v1/proposal/edit", { settings: { depletionPowerMw: "50" } }, 400, "BAD_REQUEST"],
    ["/api/v1/proposal/edit", { settings: { depletionPowerMw: 9999 } }, 400, "OUTSIDE_ENVELOPE"],
    ["/api/v1/proposal/edit", { settings: { p_sted: 5, depletionPowerMw: 6 } }, 400, "BAD_PARAMS"],
    ["/api/v1/proposal/choose", { option: 7 }, 404, "OPTION_UNKNOWN"],
    ["/api/v1/proposal/choose", { option: -1 }, 400, "BAD_REQUEST"],
    ["/api/v1/proposal/approve", { proposal: "old" }, 409, "PROPOSAL_GONE"],
    ["/api/v1/resume", {}, 409, "NOT_NOW"],
    ["/api/v1/nowhere", {}, 404, "NOT_FOUND"],
  ];
  it.each(wrong)("%s %j -> %i %s, without a stack", async (path, body, status, code) => {
    served.session.propose();
    const answer = await failure(await served.post(path, body));
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|\/work\//);
    expect(served.session.asked).toEqual([]);
  });

  it("says what is wrong with a body that is not JSON, or too large", async () => {
    const headers = { host: `127.0.0.1:${served.port}`, "content-type": "application/json" };
    const broken = await rawRequest(served.port, "/api/v1/mode", { method: "POST", headers, body: "{mode" });
    expect(JSON.parse(broken.body)).toMatchObject({ error: { code: "BAD_JSON" } });
    expect(broken.status).toBe(400);
    const large = await rawRequest(served.port, "/api/v1/mode", {
      method: "POST",
      headers,
      body: JSON.stringify({ mode: "x".repeat(70_000) }),
    });
    expect(large.status).toBe(413);
    expect(JSON.parse(large.body)).toMatchObject({ error: { code: "TOO_LARGE" } });
  });

  it("answers 409 when nothing waits for a decision", async () => {
    expect(await failure(await served.post("/api/v1/proposal/approve"))).toMatchObject({
      status: 409,
      code: "NO_PROPOSAL",
    });
  });
});

describe("the E-stop", () => {
  const bodies: readonly [string, string | undefined, string | undefined][] = [
    ["no body", undefined, undefined],
    ["a reason", '{"reason":"smoke"}', "application/json"],
    ["broken JSON", "{", "application/json"],
    ["another type", "help", "text/plain"],
    ["a wrong reason", '{"reason":5}', "application/json"],
    ["a list", "[1,2]", "application/json"],
  ];
  it.each(bodies)("works with %s", async (_, body, type) => {
    served.session.lights(true, 120);
    const answer = await rawRequest(served.port, "/api/v1/panic", {
      method: "POST",
      headers: { host: `127.0.0.1:${served.port}`, ...(type === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).light.every((l: { on: boolean }) => !l.on)).toBe(true);
    expect(served.session.asked[0]).toMatch(/^panic (smoke|E-stop pressed) local$/);
  });

  it("does not hide that the rig did not confirm", async () => {
    served.session.panicFails = new ConnectError("RIG_LOST", "the rig does not answer", {
      hint: "use the key",
    });
    expect(await failure(await served.post("/api/v1/panic"))).toMatchObject({
      status: 503,
      code: "RIG_LOST",
    });
  });

  it("never shows what went wrong inside", async () => {
    served.session.pause = async () => {
      throw new TypeError("secret of /home/me");
    };
    const answer = await failure(await served.post("/api/v1/pause"));
    expect(answer).toMatchObject({ status: 500, code: "INTERNAL" });
    expect(answer.text).not.toContain("secret");
  });
});
