import type { SessionEvent, SessionState } from "../loop/contract.js";
import { ApiError, request } from "./api.js";
import { after, now } from "./time.js";

/** The server sends something every 2 s; without it this long the line counts as lost. */
const silenceMs = 5000;
const firstRetryMs = 500;
const lastRetryMs = 5000;

export type ServedState = SessionState & { readonly server: string };
export interface StreamListener {
  onState(state: ServedState): void;
  onDelta(event: SessionEvent): void;
  /** Somebody took control, or gave it back. */
  onHolder(name: string | null): void;
  /** Anything came, a sign of life included. */
  onHeard(): void;
  onLost(): void;
  /** The server wants a token. */
  onDenied(): void;
}

/**
 * The event stream, kept open for ever: read with fetch, so that a token can go with it. After a break it asks for
 * what follows the last number it has; the server says when it must have the whole state instead.
 */
export function openStream(listener: StreamListener): () => void {
  let last: { readonly server: string; readonly seq: number } | null = null;
  let ended = false;
  let retryMs = firstRetryMs;
  let controller = new AbortController();
  let cancelRetry = (): void => undefined;

  const connect = async (): Promise<void> => {
    controller = new AbortController();
    const query = last === null ? "" : `?lastEventId=${last.seq}&server=${last.server}`;
    const watch = watchSilence(controller);
    try {
      const answer = await request(`/events${query}`, { signal: controller.signal });
      if (answer.body === null) throw new Error("no stream");
      for await (const message of messagesOf(answer.body, watch.heard)) {
        retryMs = firstRetryMs;
        listener.onHeard();
        if (message === null) continue;
        if (message.event === "state") {
          const state = JSON.parse(message.data) as ServedState;
          last = { server: state.server, seq: state.seq };
          listener.onState(state);
        } else if (message.event === "holder") {
          listener.onHolder((JSON.parse(message.data) as { holder: string | null }).holder);
        } else {
          const event = JSON.parse(message.data) as SessionEvent;
          if (last !== null) last = { ...last, seq: event.seq };
          listener.onDelta(event);
        }
      }
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.status === 401) {
        listener.onDenied();
        return;
      }
    } finally {
      watch.end();
    }
    if (ended) return;
    listener.onLost();
    cancelRetry = after(retryMs, () => void connect());
    retryMs = Math.min(lastRetryMs, retryMs * 2);
  };
  void connect();

  return () => {
    ended = true;
    cancelRetry();
    controller.abort();
  };
}

/** Breaks a connection on which nothing comes: a cable pulled out says nothing. */
function watchSilence(controller: AbortController): { heard(): void; end(): void } {
  let heardAt = now();
  let cancel = (): void => undefined;
  const look = (): void => {
    const left = heardAt + silenceMs - now();
    if (left <= 0) controller.abort();
    else cancel = after(left + 10, look);
  };
  look();
  return {
    heard: () => {
      heardAt = now();
    },
    end: () => cancel(),
  };
}

interface Message {
  readonly event: string;
  readonly data: string;
}

/** Splits server-sent events; null for a block without data (a sign of life). */
async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<Message | null> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) yield parseBlock(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): Message | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return data.length === 0 ? null : { event, data: data.join("\n") };
}
