import { describe, expect, it } from "vitest";
import {
  ConfigError,
  errorClasses,
  errorFromWire,
  errorToWire,
  ProtocolError,
  toStedError,
} from "../../src/core/index.js";

describe("errors", () => {
  it("cross a thread with class, code, place and hint", () => {
    for (const Class of Object.values(errorClasses)) {
      const there = errorFromWire(
        structuredClone(
          errorToWire(new Class("CODE", "what", { where: "file:3", hint: "do this", data: { x: 1 } })),
        ),
      );
      expect(there).toBeInstanceOf(Class);
      expect([there.code, there.message, there.where, there.hint, there.data]).toEqual([
        "CODE",
        "what",
        "file:3",
        "do this",
        { x: 1 },
      ]);
    }
  });

  it("say one line whatever the message holds", () => {
    const e = new ConfigError("C", "a\n  b", { where: "x.yaml", hint: "edit it" });
    expect(e.line).toBe("x.yaml: a; b (edit it)");
    expect(e.exitCode).toBe(2);
  });

  it("show foreign bytes as text of a page's length, beginning and end kept", () => {
    const e = new ConfigError("C", `the footer of '\u001b[2J${"x".repeat(5000)}\u0000' ends early`);
    expect(e.message.length).toBeLessThan(1500);
    expect(e.message).toMatch(/^the footer of '·\[2Jx+ … x+·' ends early$/);
    expect(new ConfigError("C", "é µ – 漢\n\tb").message).toBe("é µ – 漢\n\tb");
  });

  it("take in foreign errors and keep their cause", () => {
    const cause = new TypeError("boom");
    expect(toStedError(cause)).toMatchObject({ code: "INTERNAL", message: "boom", cause });
    expect(toStedError("text").message).toBe("text");
  });

  it("know whether a rig's refusal may be tried again", () => {
    expect(new ProtocolError("BUSY", "x", { data: { retryable: true } }).retryable).toBe(true);
    expect(new ProtocolError("BUSY", "x").retryable).toBe(false);
  });
});
