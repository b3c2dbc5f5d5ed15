import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../core/index.js";

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** A token as it rests on disk: its SHA-256 only, so that reading the file gives no access. */
export const tokenSchema = z.strictObject({
  name: z.string().min(1),
  role: z.enum(roles),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type TokenRecord = Readonly<z.infer<typeof tokenSchema>>;
export const tokenFileSchema = z.strictObject({ tokens: z.array(tokenSchema).min(1) });

/** Who asks: the token's name and role; "local" on a loopback server without tokens. */
export interface Who {
  readonly name: string;
  readonly role: Role;
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** A new token of 256 random bits. Show `token` once; keep only `record`. */
export function newToken(name: string, role: Role): { readonly token: string; readonly record: TokenRecord } {
  const token = `stedloop_${randomBytes(32).toString("base64url")}`;
  return { token, record: { name, role, sha256: hashToken(token) } };
}

/** Finds whose token this is; compares in constant time, looks at every record. */
export function whoseToken(token: string, records: readonly TokenRecord[]): Who | null {
  const given = Buffer.from(hashToken(token), "hex");
  let found: Who | null = null;
  for (const record of records) {
    if (timingSafeEqual(given, Buffer.from(record.sha256, "hex"))) {
      found = { name: record.name, role: record.role };
    }
  }
  return found;
}

export function mayAct(who: Who, needed: Role): boolean {
  return roles.indexOf(who.role) >= roles.indexOf(needed);
}

/** Reads `{"tokens": [{name, role, sha256}]}`. Rejects ConfigError that names the file. */
export async function loadTokens(path: string): Promise<readonly TokenRecord[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ConfigError("TOKENS_UNREADABLE", "the file of access tokens cannot be read", {
      where: path,
      hint: "make one with `stedloop token new operator`",
      cause,
    });
  }
  const checked = tokenFileSchema.safeParse(parsed);
  if (checked.success) return checked.data.tokens;
  const issue = checked.error.issues[0];
  throw new ConfigError("TOKENS_WRONG", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`, {
    where: path,
    hint: "make one with `stedloop token new operator`",
  });
}
