import type { IncomingHttpHeaders } from "node:http";
import { StedError } from "../core/index.js";
import { mayAct, type Role, type TokenRecord, type Who, whoseToken } from "./tokens.js";

/** A refusal for want of rights. `status` 401: who are you; 403: not you, or not from there. */
export class AccessError extends StedError {
  constructor(
    readonly status: 401 | 403,
    code: string,
    message: string,
    hint: string,
  ) {
    super(code, message, { hint });
  }
}

/** 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** The name part of a Host header or of an origin's authority: "127.0.0.1:8420" -> "127.0.0.1". */
function nameOf(authority: string): string {
  return authority.startsWith("[") ? authority.replace(/\](:\d+)?$/, "]") : authority.replace(/:\d+$/, "");
}

/**
 * May this request come in at all? On loopback the Host must be a loopback name, or a web page elsewhere could
 * reach us by rebinding its own name to 127.0.0.1; a browser's Origin must be the very page that we served.
 */
export function checkOrigin(headers: IncomingHttpHeaders, method: string, loopback: boolean): void {
  const host = headers.host ?? "";
  if (loopback && !isLoopback(nameOf(host))) {
    throw new AccessError(
      403,
      "FOREIGN_HOST",
      `'${printable(host)}' is not a name of this server`,
      "open the page by http://127.0.0.1",
    );
  }
  const origin = headers.origin;
  if (origin !== undefined && !(/^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, "") === host)) {
    throw new AccessError(
      403,
      "FOREIGN_ORIGIN",
      `requests from '${printable(origin)}' are not taken`,
      "use the page that this server shows",
    );
  }
  const site = headers["sec-fetch-site"];
  if (method !== "GET" && method !== "HEAD" && (site === "cross-site" || site === "same-site")) {
    throw new AccessError(403, "FOREIGN_ORIGIN", "requests from another site are not taken", "use our page");
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

/** Who asks. Without tokens (loopback) everybody is "local" with all rights; else the bearer token tells. */
export function identify(headers: IncomingHttpHeaders, tokens: readonly TokenRecord[]): Who | null {
  if (tokens.length === 0) return { name: "local", role: "admin" };
  const match = /^Bearer (\S+)$/i.exec(headers.authorization ?? "");
  return match?.[1] === undefined ? null : whoseToken(match[1], tokens);
}

/** @param needed null = open to anyone who can see the page */
export function admit(who: Who | null, needed: Role | null): Who {
  if (needed === null) return who ?? { name: "anyone", role: "viewer" };
  if (who === null) {
    throw new AccessError(401, "TOKEN_NEEDED", "this server asks for an access token", "enter your token");
  }
  if (!mayAct(who, needed)) {
    throw new AccessError(
      403,
      "ROLE_TOO_LOW",
      `'${who.name}' is a ${who.role}; this needs an ${needed}`,
      "ask whoever runs the daemon for such a token",
    );
  }
  return who;
}
