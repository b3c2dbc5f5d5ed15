import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokens } from "../../src/server/index.js";
import { whoseToken } from "../../src/server/tokens.js";
import { stedloop, tempFolder } from "./command-line.js";

describe("stedloop token", () => {
  it("makes, lists and revokes; the file holds hashes only and is its owner's", async () => {
    const file = join(tempFolder(), "deep", "tokens.json");
    const first = await stedloop(["token", "new", "operator", "--name", "anna", "--file", file, "--json"]);
    expect(first.code).toBe(0);
    const { token, role } = JSON.parse(first.out);
    expect(role).toBe("operator");
    expect(readFileSync(file, "utf8")).not.toContain(token);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(whoseToken(token, await loadTokens(file))).toEqual({ name: "anna", role: "operator" });
    const second = await stedloop(["token", "new", "viewer", "--file", file]);
    expect(second.out.trim()).toMatch(/^stedloop_[\w-]{43}$/);
    const twice = await stedloop(["token", "new", "admin", "--name", "anna", "--file", file]);
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining("has a token already") });
    const list = await stedloop(["token", "list", "--file", file, "--json"]);
    expect(list.out).toBe('{"name":"anna","role":"operator"}\n{"name":"viewer","role":"viewer"}\n');
    expect((await stedloop(["token", "revoke", "anna", "--file", file])).code).toBe(0);
    expect(whoseToken(token, await loadTokens(file))).toBeNull();
    expect((await stedloop(["token", "revoke", "viewer", "--file", file])).code).toBe(2);
  });
  it("knows its roles", async () => {
    const { code, err } = await stedloop(["token", "new", "king"]);
    expect(code).toBe(2);
    expect(err).toMatch(/viewer, operator, admin/);
  });
});
