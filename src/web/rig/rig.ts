import { signal } from "@preact/signals";
import { getJson, lineOf, post } from "../api.js";

export interface RigEvent {
  readonly at: string;
  readonly step: number | null;
  readonly kind: string;
  readonly data: unknown;
}
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "info" | "fault";
  readonly detail: string;
  readonly hint?: string;
}
export interface AuditLine {
  readonly at: string;
  readonly who: string;
  readonly role: string;
  readonly act: string;
  readonly status: number;
}
export type Series = { readonly name: string; readonly points: readonly (readonly [number, number])[] };

export const limits = signal<Readonly<Record<string, unknown>>>({});
export const history = signal<readonly Series[]>([]);
export const events = signal<readonly RigEvent[]>([]);
/** Null where this person may not see it. */
export const audit = signal<readonly AuditLine[] | null>(null);
export const findings = signal<readonly Finding[] | null>(null);
export const examining = signal(false);
export const trouble = signal<string | null>(null);

export async function loadRig(): Promise<void> {
  try {
    const rig = await getJson<{ limits: Record<string, unknown>; history: Series[] }>("/rig");
    limits.value = rig.limits;
    history.value = rig.history;
    events.value = (await getJson<{ events: RigEvent[] }>("/rig/events")).events;
    audit.value = (await getJson<{ lines: AuditLine[] }>("/audit").catch(() => ({ lines: null }))).lines;
  } catch (thrown) {
    trouble.value = lineOf(thrown);
  }
}
export async function examine(): Promise<void> {
  examining.value = true;
  trouble.value = null;
  try {
    findings.value = (await post<{ findings: Finding[] }>("/doctor")).findings;
  } catch (thrown) {
    trouble.value = lineOf(thrown);
  } finally {
    examining.value = false;
  }
}
