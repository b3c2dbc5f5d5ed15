import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ConfigError, VirtualClock } from "../../src/core/index.js";
import { ControlLock } from "../../src/server/control-lock.js";
import { newToken } from "../../src/server/index.js";
import { rawRequest, StreamReader } from "./http.js";
import { type Served, serve } from "./serve.js";

const open: Served[] = [];
const start = async (given: Parameters<typeof serve>[0] = {}): Promise<Served> => {
  const served = await serve(given);
  open.push(served);
  return served;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});

describe("where requests may come from", () => {
  const hosts: readonly [string, number][] = [
    ["127.0.0.1:8420", 200],
    ["localhost", 200],
    ["[::1]:8420", 200],
    ["evil.example", 403],
    ["127.0.0.1.evil.example:8420", 403],
    ["localhost.evil.example", 403],
  ];
  it.each(hosts)("Host %s -> %i", async (host, status) => {
    const { port } = await start();
    for (const path of ["/", "/api/v1/state", "/metrics"]) {
      expect((await rawRequest(port, path, { headers: { host } })).status).toBe(status);
    }
  });

  const origins: readonly [string, number][] = [
    ["http://127.0.0.1:PORT", 200],
    ["http://127.0.0.1:1", 403],
    ["http://evil.example", 403],
    ["null", 403],
  ];
  it.each(origins)("Origin %s -> %i for commands", async (origin, status) => {
    const { port, session } = await start();
    const answer = await rawRequest(port, "/api/v1/pause", {
      method: "POST",
      headers: { host: `127.0.0.1:${port}`, origin: origin.replace("PORT", String(port)) },
    });
    expect(answer.status).toBe(status);
    expect(session.asked).toEqual(status === 200 ? ["pause local"] : []);
  });

  it("refuses what a browser calls cross-site, the E-stop too", async () => {
    const { port, session } = await start();
    const headers = { host: `127.0.0.1:${port}`, "sec-fetch-site": "cross-site" };
    expect((await rawRequest(port, "/api/v1/panic", { method: "POST", headers })).status).toBe(403);
    expect(session.asked).toEqual([]);
  });

  it("takes no form post: a foreign page can send those without asking", async () => {
    const { port, session } = await start();
    const answer = await rawRequest(port, "/api/v1/mode", {
      method: "POST",
      headers: { host: `127.0.0.1:${port}`, "content-type": "text/plain" },
      body: '{"mode":"auto"}',
    });
    expect(answer.status).toBe(400);
    expect(session.asked).toEqual([]);
  });
});

describe("who may do what", () => {
  it("does not start off loopback without tokens", async () => {
    await expect(serve({ host: "0.0.0.0" })).rejects.toThrow(ConfigError);
    await expect(serve({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "TOKENS_NEEDED", exitCode: 2 });
  });

  it("gives each role its rights", async () => {
    const made = (["viewer", "operator", "admin"] as const).map((role) => newToken(role, role));
    const served = await start({ host: "0.0.0.0", tokens: made.map((t) => t.record) });
    const at = { ...served, address: `http://127.0.0.1:${served.port}` };
    const ask = (method: string, path: string, token?: string): Promise<number> =>
      fetch(at.address + path, {
        method,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      }).then((r) => r.status);
    const [viewer, operator, admin] = made.map((t) => t.token) as [string, string, string];

    expect(await ask("GET", "/api/v1/state")).toBe(401);
    expect(await ask("GET", "/api/v1/state", "stedloop_wrong")).toBe(401);
    expect(await ask("GET", "/api/v1/state", viewer)).toBe(200);
    expect(await ask("POST", "/api/v1/pause", viewer)).toBe(403);
    expect(await ask("POST", "/api/v1/pause", operator)).toBe(200);
    expect(await ask("POST", "/api/v1/control/take", admin)).toBe(200);
    expect(await ask("POST", "/api/v1/resume", admin)).toBe(200);
    const wanted = { limits: { depletionPowerMw: { max: 300 } }, minutes: 5, reason: "align" };
    const maintain = (token: string): Promise<number> =>
      fetch(`${at.address}/api/v1/maintenance/begin`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(wanted),
      }).then((r) => r.status);
    expect([await maintain(viewer), await maintain(operator), await maintain(admin)]).toEqual([
      403, 403, 200,
    ]);
    expect(served.session.asked).toEqual(["pause operator", "resume admin", "maintenance 5 admin"]);
    // The page, the probes and the E-stop are open to whoever can reach them.
    expect(await ask("GET", "/")).toBe(200);
    expect(await ask("GET", "/health/ready")).toBe(200);
    expect(await ask("POST", "/api/v1/panic")).toBe(200);
    expect(await ask("POST", "/api/v1/resume")).toBe(401);
  });

  it("lets one operator steer at a time; another may take over, and everybody sees who", async () => {
    const [ann, bob] = ["ann", "bob"].map((name) => newToken(name, "operator"));
    const tokens = [ann?.record, bob?.record].filter((t) => t !== undefined);
    const served = await start({ host: "0.0.0.0", tokens });
    const post = (path: string, token: string | undefined): Promise<Response> =>
      fetch(`http://127.0.0.1:${served.port}/api/v1/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
    const reader = await StreamReader.open(`http://127.0.0.1:${served.port}/api/v1/events`, {
      authorization: `Bearer ${bob?.token}`,
    });
    expect((await reader.next())?.data.holder).toBeNull();
    expect((await post("pause", ann?.token)).status).toBe(200);
    const refused = await post("resume", bob?.token);
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { error: { code: "CONTROL_HELD", message: "ann is in control" } },
    ]);
    expect((await post("panic", bob?.token)).status).toBe(200);
    expect((await post("control/take", bob?.token)).status).toBe(200);
    expect((await post("resume", bob?.token)).status).toBe(200);
    expect((await post("pause", ann?.token)).status).toBe(409);
    expect((await post("control/release", bob?.token)).status).toBe(200);
    expect((await post("pause", ann?.token)).status).toBe(200);
    const holders: unknown[] = [];
    while (holders.length < 4) {
      const message = await reader.next();
      if (message?.event === "holder") holders.push(message.data.holder);
    }
    expect(holders).toEqual(["ann", "bob", null, "ann"]);
    reader.close();
  });

  it("forgets an operator who gives no command for five minutes", async () => {
    const clock = new VirtualClock();
    const lock = new ControlLock(clock);
    lock.use("ann");
    await clock.advance(4 * 60_000);
    expect(() => lock.use("bob")).toThrow("ann is in control");
    await clock.advance(61_000);
    expect(lock.holder()).toBeNull();
    lock.use("bob");
    expect(lock.holder()).toBe("bob");
  });

  it("keeps only hashes of tokens", () => {
    const { token, record } = newToken("me", "admin");
    expect(JSON.stringify(record)).not.toContain(token.slice(9));
    expect(record.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("starting", () => {
  it("names the port that is taken, in one line, exit code 2", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
    );
    await expect(serve({ port })).rejects.toMatchObject({
      code: "PORT_BUSY",
      exitCode: 2,
      message: `port ${port} on 127.0.0.1 is in use`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it("sets headers that keep foreign content out, on the page and the API alike", async () => {
    const { get } = await start();
    for (const path of ["/", "/api/v1/state", "/nowhere"]) {
      const { headers } = await get(path);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it("says so where the page is not built", async () => {
    const { get } = await start({ webRoot: "/nonexistent" });
    const answer = await get("/");
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("npm run build");
  });
});

describe("a flood from one address", () => {
  it("is refused off loopback with 429 and a time to wait; the E-stop and the health probes never are", async () => {
    const viewer = newToken("v", "viewer");
    const served = await start({ host: "0.0.0.0", tokens: [viewer.record], requestsPerMinute: 5 });
    const headers = { host: `127.0.0.1:${served.port}`, authorization: `Bearer ${viewer.token}` };
    const ask = (path: string, method = "GET") => rawRequest(served.port, path, { method, headers });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await ask("/api/v1/state")).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await ask("/api/v1/state");
    expect(JSON.parse(refused.body).error).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect((await ask("/health/live")).status).toBe(200);
    expect((await ask("/api/v1/panic", "POST")).status).toBe(200);
    expect(served.session.asked).toEqual(["panic E-stop pressed v"]);
  });

  it("on loopback nobody is counted", async () => {
    const { port } = await start({ requestsPerMinute: 2 });
    const headers = { host: `127.0.0.1:${port}` };
    for (let i = 0; i < 5; i++) {
      expect((await rawRequest(port, "/api/v1/state", { headers })).status).toBe(200);
    }
  });
});
