import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { encodeTiff } from "../../src/core/index.js";
import { headerOf } from "../../src/server/tar.js";
import { fakeRuns } from "./fake-runs.js";
import { FakeSession } from "./fake-session.js";
import { fakeWorkshop, standIn } from "./fake-workshop.js";
import { type Served, serve } from "./serve.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const outside = (): string => mkdtempSync(join(tmpdir(), "stedloop-outside-"));
function image(folder: string): void {
  const pixels = Uint16Array.from({ length: 64 * 64 }, (_, p) => p % 50);
  writeFileSync(join(folder, "f.tif"), encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 20 }));
}
async function open(folders: readonly string[] | null): Promise<{ served: Served; data: string }> {
  const session = new FakeSession();
  session.takeStep();
  const workshop = { ...fakeWorkshop(standIn), folders };
  const served = await serve({ session, workshop, runs: fakeRuns([{ id: "r1", session }]) });
  closers.push(() => served.close());
  return { served, data: workshop.data };
}
async function codeOf(answer: Response): Promise<string> {
  if (answer.ok) return "ok";
  return ((await answer.json()) as { error: { code: string } }).error.code;
}

describe("folders that people name", () => {
  it("are taken inside the data folder and those of the configuration, links and '..' followed", async () => {
    const root = outside();
    const secret = outside();
    for (const folder of [root, secret]) image(folder);
    mkdirSync(join(root, "deeper"));
    image(join(root, "deeper"));
    symlinkSync(secret, join(root, "link"));
    const { served, data } = await open([root]);
    mkdirSync(join(data, "images"));
    image(join(data, "images"));
    symlinkSync(secret, join(data, "images", "link"));
    const cases: readonly (readonly [string, string])[] = [
      [root, "ok"],
      [join(root, "deeper"), "ok"],
      [join(data, "images"), "ok"],
      [secret, "FOLDER_NOT_ALLOWED"],
      [join(root, "link"), "FOLDER_NOT_ALLOWED"],
      [join(data, "images", "link"), "FOLDER_NOT_ALLOWED"],
      [`${root}/deeper/../../${secret.split("/").at(-1)}`, "FOLDER_NOT_ALLOWED"],
      [`${root}-beside`, "FOLDER_NOT_ALLOWED"],
      ["/etc", "FOLDER_NOT_ALLOWED"],
      ["/there/is/no/such/folder", "FOLDER_NOT_ALLOWED"],
      [join(root, "none"), "NO_FOLDER"],
    ];
    for (const [i, [folder, code]] of cases.entries()) {
      const answer = await served.post("/api/v1/ratings", { name: `s${i}`, source: { folder } });
      expect([folder, await codeOf(answer)]).toEqual([folder, code]);
    }
    // The same door for everything else that takes a folder.
    for (const [path, body] of [
      ["training", { name: "n", dataset: secret }],
      ["training/evaluate", { model: "actin", dataset: secret }],
    ] as const) {
      expect(await codeOf(await served.post(`/api/v1/${path}`, body))).toBe("FOLDER_NOT_ALLOWED");
    }
    const frame = `/api/v1/training/frame?id=f&dataset=${encodeURIComponent(secret)}`;
    expect(await codeOf(await served.get(frame))).toBe("FOLDER_NOT_ALLOWED");
  });

  it("are any on loopback without tokens; a frame's name leads nowhere else", async () => {
    const set = outside();
    mkdirSync(join(set, "frames"));
    image(join(set, "frames"));
    const { served } = await open(null);
    const path = `/api/v1/training/frame?dataset=${encodeURIComponent(set)}`;
    const good = await served.get(`${path}&id=f`);
    expect([good.status, good.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(await codeOf(await served.get(`${path}&id=..%2F..%2Fetc%2Fpasswd`))).toBe("BAD_REQUEST");
    expect(await codeOf(await served.get(`${path}&id=none`))).toBe("NO_FRAME");
  });
});

describe("a run exported from the page", () => {
  it("is one archive that tar unpacks to the very files, and nothing stays behind", async () => {
    const { served, data } = await open(null);
    const answer = await served.get("/api/v1/runs/r1/export?format=useq");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toContain("r1-useq.tar");
    const folder = outside();
    writeFileSync(join(folder, "a.tar"), Buffer.from(await answer.arrayBuffer()));
    execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
    expect(readFileSync(join(folder, "steps.csv"), "utf8")).toBe("step,at\n1,now\n");
    expect(readFileSync(join(folder, "format"), "utf8")).toBe("useq");
    expect(readFileSync(join(folder, "deep", "er", "chunk"))).toEqual(Buffer.alloc(1500, 7));
    const end = performance.now() + 5000;
    while (readdirSync(join(data, "exports")).length > 0 && performance.now() < end) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(readdirSync(join(data, "exports"))).toEqual([]);
    expect(await codeOf(await served.get("/api/v1/runs/r1/export?format=exe"))).toBe("BAD_REQUEST");
  });

  it("a long path is split where the format allows it, and refused in words where not", () => {
    const deep = `${"d".repeat(90)}/${"e".repeat(60)}/${"f".repeat(99)}`;
    const header = Buffer.from(headerOf(deep, 5, 0));
    expect(header.subarray(345, 345 + 151).toString()).toBe(`${"d".repeat(90)}/${"e".repeat(60)}`);
    expect(header.subarray(0, 99).toString()).toBe("f".repeat(99));
    expect(() => headerOf("x".repeat(101), 5, 0)).toThrow(/too long/);
    expect(() => headerOf("x", 8 ** 11, 0)).toThrow(/8 GiB/);
  });
});

describe("an upload of two gigabytes", () => {
  it("is refused in words before it is taken in", async () => {
    const { served } = await open(null);
    const url = new URL(`${served.address}/api/v1/score`);
    const before = process.memoryUsage().rss;
    const boundary = "----stedloop";
    const said = await new Promise<{ status: number; text: string; sent: number }>((resolve, reject) => {
      let sent = 0;
      const call = request(
        url,
        {
          method: "POST",
          headers: {
            "content-type": `multipart/form-data; boundary=${boundary}`,
            "content-length": String(2 * 2 ** 30),
          },
        },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          answer.on("end", () => {
            resolve({ status: answer.statusCode ?? 0, text, sent });
            call.destroy();
          });
        },
      );
      call.on("error", reject);
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.tif"\r\nContent-Type: image/tiff\r\n\r\n`;
      call.write(head);
      sent += head.length;
    });
    expect(said.status).toBe(413);
    expect(JSON.parse(said.text)).toMatchObject({
      error: { code: "TOO_LARGE", message: "files up to 64 MiB are taken here" },
    });
    expect(said.sent).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    // One that does not say how large it is ends at the limit, not with the memory.
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(
          new TextEncoder().encode(
            `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.tif"\r\n\r\n`,
          ),
        );
      },
      pull(controller) {
        // Far past the limit, and then an end: the server must not need one.
        if (pulled++ < 200) controller.enqueue(new Uint8Array(1 << 20));
        else controller.close();
      },
    });
    const stopped = await fetch(url, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: endless,
      duplex: "half",
    } as RequestInit).then(codeOf, () => "cut off");
    expect(["TOO_LARGE", "cut off"]).toContain(stopped);
    expect((await served.get("/health/live")).status).toBe(200);
  });
});
