import { signal } from "@preact/signals";
import type { Task } from "../../study/study.js";

export type { Task };
export type Answer = "left" | "right" | "equivalent" | "discard";

/** What stands before the tester; null until the server has told. */
export const task = signal<Task | null>(null);
/** Why the link does not work; the page shows nothing else then. */
export const refused = signal<string | null>(null);
/** What went wrong with the last answer, in words; the question stays. */
export const trouble = signal<string | null>(null);
export const busy = signal(false);
/** Object URL of the question's frame, with its width in µm. */
export const picture = signal<{
  readonly item: string;
  readonly url: string;
  readonly widthUm: number;
} | null>(null);

interface Failure {
  readonly error?: { readonly code?: string; readonly message?: string; readonly hint?: string };
}
class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The link's secret stands after # and is never part of an address that a server or proxy writes down. */
const token = (): string => location.hash.replace(/^#\/?/, "");

async function ask(path: string, body?: object): Promise<Response> {
  const answer = await fetch(`/api/v1/study/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${token()}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.ok) return answer;
  const { error } = (await answer.json().catch(() => ({}))) as Failure;
  const hint = error?.hint === undefined ? "" : `: ${error.hint}`;
  throw new Refused(error?.code ?? "HTTP", `${error?.message ?? `error ${answer.status}`}${hint}`);
}

async function take(answer: Response): Promise<void> {
  const next = (await answer.json()) as Task;
  const item = next.question?.item;
  if (item !== undefined && picture.value?.item !== item) await loadPicture(item);
  task.value = next;
}

async function loadPicture(item: string): Promise<void> {
  const answer = await ask(`picture/${item}`);
  const [, width = 0] = (answer.headers.get("x-frame-shape") ?? "").split(",").map(Number);
  const widthUm = (width * Number(answer.headers.get("x-frame-pixel-size-nm"))) / 1000;
  if (picture.value !== null) URL.revokeObjectURL(picture.value.url);
  picture.value = { item, url: URL.createObjectURL(await answer.blob()), widthUm };
}

/** The question that this page last sent an answer to. */
let sent: string | null = null;

/** @param again the same was sent before and no answer to it was seen */
async function attempt(act: () => Promise<Response>, again = false): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  trouble.value = null;
  try {
    await take(await act());
  } catch (thrown) {
    if (!(thrown instanceof Refused))
      trouble.value = "No connection. Your answers so far are kept; try again.";
    else if (thrown.code.startsWith("INVITATION")) refused.value = thrown.message;
    else {
      trouble.value = thrown.message;
      if (thrown.code !== "ALREADY_ANSWERED") return;
      // Sent from here before the line broke, or another window of the same tester was faster: go on where that one is.
      if (again) trouble.value = "Your answer had arrived and stands; U takes it back.";
      await ask("task").then(take, () => undefined);
    }
  } finally {
    busy.value = false;
  }
}

export const start = (): Promise<void> => attempt(() => ask("task"));
export function give(answer: Answer): Promise<void> {
  const item = task.value?.question?.item;
  if (item === undefined || busy.value) return Promise.resolve();
  const again = sent === item;
  sent = item;
  return attempt(() => ask("answer", { item, answer }), again);
}
export function undo(): Promise<void> {
  if (!busy.value) sent = null;
  return attempt(() => ask("undo", {}));
}
