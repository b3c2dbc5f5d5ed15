import { signal } from "@preact/signals";
import type { AgreementReport } from "../../study/agreement.js";
import type { RatingTask } from "../../study/rating-set.js";
import { ApiError, getJson, lineOf, post, request } from "../api.js";
import { remembered } from "../field.js";
import { every } from "../time.js";

export interface RatingSetEntry {
  readonly name: string;
  readonly folder: string;
  readonly frames: number;
  readonly order: "random" | "active";
  readonly source: string;
  readonly raters: readonly { readonly rater: string; readonly done: number }[];
}

export const sets = signal<readonly RatingSetEntry[] | null>(null);
/** The set being rated; null = the list. */
export const rated = signal<string | null>(null);
export const task = signal<RatingTask | null>(null);
export const agreement = signal<AgreementReport | null>(null);
/** What the slider says, 0..100; null = not moved yet. */
export const value = signal<number | null>(null);
export const busy = signal<string | null>(null);
export const trouble = signal<string | null>(null);
export const picture = signal<{
  readonly frame: string;
  readonly url: string;
  readonly widthUm: number;
} | null>(null);
export const rater = remembered("stedloop-rater");

const path = (rest: string): string => `/ratings/${encodeURIComponent(rated.value ?? "")}/${rest}`;

async function attempt(what: string, act: () => Promise<void>): Promise<boolean> {
  if (busy.value !== null) return false;
  busy.value = what;
  trouble.value = null;
  try {
    await act();
    return true;
  } catch (thrown) {
    trouble.value = lineOf(thrown);
    // Another window of the same rater was faster: go on where that one is.
    if (thrown instanceof ApiError && thrown.code === "ALREADY_RATED") await look().catch(() => undefined);
    return false;
  } finally {
    busy.value = null;
  }
}

async function take(next: RatingTask): Promise<void> {
  if (next.frame !== null && picture.value?.frame !== next.frame) {
    const answer = await request(path(`frames/${encodeURIComponent(next.frame)}`));
    const [, width = 0] = (answer.headers.get("x-frame-shape") ?? "").split(",").map(Number);
    const widthUm = (width * Number(answer.headers.get("x-frame-pixel-size-nm"))) / 1000;
    if (picture.value !== null) URL.revokeObjectURL(picture.value.url);
    picture.value = { frame: next.frame, url: URL.createObjectURL(await answer.blob()), widthUm };
  }
  value.value = null;
  task.value = next;
}
async function look(): Promise<void> {
  await take(await getJson<RatingTask>(path(`task?rater=${encodeURIComponent(rater.get())}`)));
}

export async function loadSets(): Promise<void> {
  await attempt("Loading", async () => {
    sets.value = (await getJson<{ sets: RatingSetEntry[] }>("/ratings")).sets;
  });
}
export async function openSet(name: string): Promise<void> {
  rated.value = name;
  task.value = null;
  agreement.value = null;
  if (!(await attempt("Loading", look))) rated.value = null;
}
export async function closeSet(): Promise<void> {
  rated.value = null;
  task.value = null;
  await loadSets();
}
/** How many frames of the set that is being made are there; null while none is, or nothing is known. */
export const making = signal<{ readonly done: number; readonly total: number } | null>(null);
async function followMaking(name: string): Promise<void> {
  const answer = await getJson<{ making: { name: string; done: number; total: number }[] }>(
    "/ratings/making",
  ).catch(() => null);
  const one = answer?.making.find((m) => m.name === name);
  if (one !== undefined && busy.value !== null) making.value = one;
}

export async function makeSet(wish: {
  readonly name: string;
  readonly source: { readonly folder: string } | { readonly run: string };
  readonly order: "random" | "active";
  readonly structure: string;
}): Promise<void> {
  let leftOut: readonly string[] = [];
  const stop = every(500, () => void followMaking(wish.name));
  const made = await attempt("Preparing the frames", async () => {
    leftOut = (await post<{ leftOut: string[] }>("/ratings", wish)).leftOut;
  });
  stop();
  making.value = null;
  if (!made) return;
  await openSet(wish.name);
  if (leftOut.length > 0) trouble.value = `${leftOut.length} files left out: ${leftOut[0]}`;
}
export async function judge(act: "rate" | "cannot" | "skip", percent: number | null = null): Promise<void> {
  const frame = task.value?.frame ?? null;
  if (frame === null) return;
  const rating = percent === null ? null : percent / 100;
  await attempt("Saving", async () =>
    take(await post<RatingTask>(path("judge"), { rater: rater.get(), frame, act, rating })),
  );
}
export async function undo(): Promise<void> {
  await attempt("Saving", async () => take(await post<RatingTask>(path("undo"), { rater: rater.get() })));
}
export async function loadAgreement(): Promise<void> {
  await attempt("Loading", async () => {
    agreement.value = await getJson<AgreementReport>(path("agreement"));
  });
}
