import { signal } from "@preact/signals";
import type { StudyResult } from "../../study/result.js";
import { getJson, lineOf, post, request } from "../api.js";

export interface StudyEntry {
  readonly name: string;
  readonly createdAt: string;
  readonly questions: number;
  readonly models: readonly { readonly name: string }[];
  readonly datasets: readonly { readonly name: string; readonly frames: number }[];
  readonly testers: readonly { readonly tester: string; readonly done: number; readonly total: number }[];
}
export interface Link {
  readonly tester: string;
  readonly path: string;
  readonly expiresAt: string;
}

export const studies = signal<readonly StudyEntry[] | null>(null);
export const opened = signal<string | null>(null);
export const result = signal<StudyResult | null>(null);
/** Links that were just made: shown once. */
export const links = signal<readonly Link[]>([]);
export const trouble = signal<string | null>(null);

async function attempt(act: () => Promise<void>): Promise<void> {
  trouble.value = null;
  try {
    await act();
  } catch (thrown) {
    trouble.value = lineOf(thrown);
  }
}
const path = (name: string, rest = ""): string => `/studies/${encodeURIComponent(name)}${rest}`;

export const loadStudies = (): Promise<void> =>
  attempt(async () => {
    studies.value = (await getJson<{ studies: StudyEntry[] }>("/studies")).studies;
  });
export async function openStudy(name: string): Promise<void> {
  links.value = [];
  result.value = null;
  opened.value = name;
  await attempt(async () => {
    result.value = await getJson<StudyResult>(path(name));
  });
}
export const invite = (name: string, testers: readonly string[], days: number): Promise<void> =>
  attempt(async () => {
    links.value = (await post<{ invitations: Link[] }>(path(name, "/invite"), { testers, days })).invitations;
    await loadStudies();
  });
export const revoke = (name: string, tester: string): Promise<void> =>
  attempt(async () => {
    await post(path(name, "/revoke"), { tester });
    await loadStudies();
  });
export const saveReport = (name: string): Promise<void> =>
  attempt(async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await request(path(name, "/report"))).blob());
    link.download = `${name}.html`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
