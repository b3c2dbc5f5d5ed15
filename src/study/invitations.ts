/** Invitation links: a secret that lets one person answer one study until a date, and nothing else. Kept as hashes. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { type Clock, replaceFile, StedError, StoreError } from "../core/index.js";

const recordSchema = z.object({
  tester: z.string().min(1).max(80),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAt: z.string(),
  revoked: z.boolean().default(false),
});
export type InvitationRecord = z.infer<typeof recordSchema>;
const fileSchema = z.object({ invitations: z.array(recordSchema) });

/** A link's secret, shown once. */
export interface Invitation {
  readonly tester: string;
  readonly token: string;
  readonly expiresAt: string;
}

const dayMs = 86_400_000;
const sha256 = (token: string): string => createHash("sha256").update(token).digest("hex");

export class Invitations {
  private records: readonly InvitationRecord[];

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {
    this.records = read(file);
  }

  list(): readonly InvitationRecord[] {
    return this.records;
  }

  /** Makes a link for each name. A name that has one already gets another; the answers stay the same person's. */
  add(testers: readonly string[], days: number): readonly Invitation[] {
    const expiresAt = new Date(this.clock.now() + days * dayMs).toISOString();
    const made = testers.map((tester) => ({
      tester,
      token: randomBytes(24).toString("base64url"),
      expiresAt,
    }));
    this.save([
      ...this.records,
      ...made.map(({ tester, token }) => ({ tester, sha256: sha256(token), expiresAt, revoked: false })),
    ]);
    return made;
  }

  /** Ends every link of a tester, for one that got into the wrong hands. */
  revoke(tester: string): void {
    if (!this.records.some((r) => r.tester === tester)) {
      throw new StedError("TESTER_UNKNOWN", `there is no tester '${tester}'`);
    }
    this.save(this.records.map((r) => (r.tester === tester ? { ...r, revoked: true } : r)));
  }

  /** The tester whose link this is. @throws StedError INVITATION_INVALID or INVITATION_EXPIRED in plain words */
  testerOf(token: string): string {
    const given = Buffer.from(sha256(token), "hex");
    let found: InvitationRecord | null = null;
    for (const record of this.records) {
      if (timingSafeEqual(given, Buffer.from(record.sha256, "hex"))) found = record;
    }
    if (found === null || found.revoked) {
      throw new StedError("INVITATION_INVALID", "this link is not valid", {
        hint: "ask whoever invited you for a new one",
      });
    }
    if (Date.parse(found.expiresAt) <= this.clock.now()) {
      throw new StedError("INVITATION_EXPIRED", "this link has expired; your answers are kept", {
        hint: "ask whoever invited you for a new one",
      });
    }
    return found.tester;
  }

  private save(records: readonly InvitationRecord[]): void {
    replaceFile(this.file, `${JSON.stringify({ invitations: records }, null, 1)}\n`);
    this.records = records;
  }
}

function read(file: string): readonly InvitationRecord[] {
  if (!existsSync(file)) return [];
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).invitations;
  } catch (cause) {
    throw new StoreError("STUDY_DAMAGED", "the invitations cannot be read", { where: file, cause });
  }
}
