import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Advisor } from "../../src/optimiser/index.js";
import { fakeRuns } from "./fake-runs.js";
import { FakeSession } from "./fake-session.js";
import { fakeWorkshop } from "./fake-workshop.js";
import { type Served, serve } from "./serve.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
async function open(given: Parameters<typeof serve>[0] = {}): Promise<Served> {
  const served = await serve(given);
  closers.push(() => served.close());
  return served;
}

/** A request whose path and headers go out as they are: `fetch` would tidy them up. */
function raw(
  port: number,
  path: string,
  {
    method = "GET",
    headers = {},
    body = "",
  }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const json = body === "" ? {} : { "content-type": "application/json" };
    const asked = request({ host: "127.0.0.1", port, path, method, headers: { ...json, ...headers } });
    asked.on("error", reject);
    asked.on("response", (answer: IncomingMessage) => {
      let text = "";
      answer.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.end(body);
  });
}

describe("names that resolve to this computer", () => {
  it("only its own names are taken, with any port; every way of writing another is refused", async () => {
    const { port } = await open();
    const status = async (host: string, headers: Record<string, string> = {}): Promise<number> =>
      (await raw(port, "/api/v1/state", { headers: { host, ...headers } })).status;
    for (const host of [
      `127.0.0.1:${port}`,
      "localhost",
      `localhost:${port}`,
      "[::1]:1",
      "LOCALHOST:80",
      "127.8.9.1",
    ])
      expect([host, await status(host)]).toEqual([host, 200]);
    const others = ["evil.example", `evil.example:${port}`, "127.0.0.1.nip.io", "localhost.evil.example"];
    const odd = [
      "localhost:80@evil.example",
      "2130706433",
      "0x7f.1",
      "127.1",
      "0.0.0.0",
      "[::ffff:7f00:1]",
      "[::1].evil.example",
    ];
    for (const host of [...others, ...odd]) expect([host, (await status(host)) >= 400]).toEqual([host, true]);
    const own = `localhost:${port}`;
    expect(await status(own, { origin: `http://${own}` })).toBe(200);
    for (const origin of [
      "null",
      "http://localhost",
      `http://localhost:${port}.evil.example`,
      `ftp://${own}`,
      `http://x@${own}`,
      `http://${own}/`,
    ])
      expect([origin, await status(own, { origin })]).toEqual([origin, 403]);
  });
});

describe("names that lead out of the folder", () => {
  const evil = [
    "../secret",
    "..%2fsecret",
    "%2e%2e%2fsecret",
    "..%5csecret",
    "..%252fsecret",
    "%2fetc%2fpasswd",
    "x%00",
    "....%2f%2fsecret",
    "..",
    "%2e%2e",
    ".",
    "con%3a",
    "x".repeat(299),
  ];

  it("every route with a name in its path refuses them, reads nothing and makes nothing", async () => {
    const workshop = fakeWorkshop();
    const data = join(workshop.data, "data");
    mkdirSync(data);
    writeFileSync(join(workshop.data, "secret"), "CANARY");
    writeFileSync(join(workshop.data, "secret.json"), "CANARY");
    const session = new FakeSession();
    const served = await open({
      session,
      workshop: { ...workshop, data },
      runs: fakeRuns([{ id: "r1", session }]),
    });
    const { paths } = (await (await served.get("/api/v1/openapi.json")).json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const named = Object.keys(paths).filter((path) => path.includes("{"));
    expect(named.length).toBeGreaterThan(15);
    const before = readdirSync(workshop.data).sort();
    for (const path of named) {
      for (const method of Object.keys(paths[path] ?? {})) {
        for (const name of evil) {
          const asked = path.replace(/\{[^}]+\}/g, name);
          const body = method === "get" ? "" : "{}";
          const { status, text } = await raw(served.port, asked, { method: method.toUpperCase(), body });
          expect([method, asked, status >= 400 && status < 500, text.includes("CANARY")]).toEqual([
            method,
            asked,
            true,
            false,
          ]);
        }
      }
    }
    for (const name of evil) {
      const { text } = await raw(served.port, `/assets/${name}`, {});
      expect([name, text.includes("CANARY")]).toEqual([name, false]);
    }
    expect(readdirSync(workshop.data).sort()).toEqual(before);
  });
});

describe("who holds on to what is not his", () => {
  it("a request that never ends is ended, and others are served meanwhile", async () => {
    const { port, get } = await open({ slowestRequestMs: 400 });
    const ended = new Promise<string>((resolve, reject) => {
      let said = "";
      const socket = connect(port, "127.0.0.1", () =>
        socket.write(
          `POST /api/v1/pause HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`,
        ),
      );
      socket.on("data", (bytes) => {
        said += bytes.toString();
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(said));
    });
    expect((await get("/api/v1/state")).status).toBe(200);
    expect(await ended).toMatch(/^HTTP\/1\.1 408/);
  });

  it("too many who follow the events are refused; those who do go on, and the E-stop works", async () => {
    const served = await open({ mostWatchers: 3 });
    const away = new AbortController();
    const follow = (): Promise<Response> => fetch(`${served.address}/api/v1/events`, { signal: away.signal });
    const three = await Promise.all([follow(), follow(), follow()]);
    expect(three.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await follow()).status).toBe(429);
    expect((await served.post("/api/v1/panic", {})).status).toBe(200);
    away.abort();
  });

  it("bodies nested without end are an error of whoever sent them", async () => {
    const advisor = new Advisor();
    closers.push(() => advisor.close());
    const { port, get } = await open({ optimise: (body) => advisor.advise(body) });
    const space =
      '{"parameters":[{"name":"a","min":0,"max":1}],"objectives":[{"name":"f","direction":"minimise"}]}';
    const deep = (n: number): string => "[".repeat(n) + "]".repeat(n);
    const nested = (n: number): string => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`;
    for (const path of ["/api/v1/optimise", "/api/v1/pause", "/api/v1/score", "/api/v1/mode"]) {
      for (const body of [
        deep(30_000),
        `{"image":${deep(30_000)}}`,
        nested(5000),
        `{"space":${space},"observations":[],"state":${deep(20_000)}}`,
      ]) {
        const { status } = await raw(port, path, { method: "POST", body });
        expect([path, body.slice(0, 12), status >= 400 && status < 500]).toEqual([
          path,
          body.slice(0, 12),
          true,
        ]);
      }
    }
    expect((await get("/api/v1/state")).status).toBe(200);
  });
});
