import type { MessagePort } from "node:worker_threads";
import { errorFromWire, errorToWire, StedError, type WireError } from "./errors.js";

/** Calls across a thread or process: plain data in, plain data or a typed error out, matched by number. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly event: string; readonly value: unknown };

// biome-ignore lint/suspicious/noConfusingVoidType: a handler may return nothing
type Handler = (...args: never[]) => unknown | void;
export type Handlers = Record<string, Handler>;

/**
 * Serves `handlers` in a worker thread or process. Calls run one after another, in the order they came. "end" instead of a
 * call ends the thread or process as soon as it listens again.
 * @param port a thread's `parentPort`, or `parentProcess()`
 */
export function serveCalls(port: MessagePort, handlers: Handlers): (event: string, value: unknown) => void {
  let tail: Promise<void> = Promise.resolve();
  port.on("message", (call: Call | "end") => {
    if (call === "end") process.exit(0);
    tail = tail.then(async () => {
      try {
        const handler = handlers[call.method];
        if (handler === undefined) throw new StedError("INTERNAL", `no method ${call.method} in this worker`);
        const value = await handler(...(call.args as never[]));
        port.postMessage({ id: call.id, value } satisfies Answer);
      } catch (thrown) {
        port.postMessage({ id: call.id, error: errorToWire(thrown) } satisfies Answer);
      }
    });
  });
  return (event, value) => port.postMessage({ event, value } satisfies Answer);
}

/** The calling side: open calls by number; all of them reject when the other side dies. */
export abstract class CallClient {
  private readonly open = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: StedError) => void }
  >();
  private nextId = 1;
  private dead: StedError | null = null;
  private readonly listeners = new Map<string, (value: never) => void>();

  protected constructor(private readonly onDeath?: (error: StedError) => void) {}

  protected abstract post(call: Call, transfer: readonly ArrayBuffer[]): void;
  /** Ends the other side; open calls reject with WORKER_DIED. */
  abstract close(): Promise<void>;
  /**
   * Ends the other side without waiting for it: it may be stuck in native code. Open calls reject at once with WORKER_DIED.
   */
  abstract abandon(): void;

  /** Calls `method` on the other side. @param transfer buffers handed over, where that is possible, instead of copied */
  call<T>(method: string, args: readonly unknown[] = [], transfer: readonly ArrayBuffer[] = []): Promise<T> {
    if (this.dead !== null) return Promise.reject(this.dead);
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.open.set(id, { resolve: resolve as (value: never) => void, reject });
      this.post({ id, method, args }, transfer);
    });
  }

  on(event: string, listener: (value: never) => void): void {
    this.listeners.set(event, listener);
  }

  protected receive(answer: Answer): void {
    if ("event" in answer) {
      this.listeners.get(answer.event)?.(answer.value as never);
      return;
    }
    const call = this.open.get(answer.id);
    this.open.delete(answer.id);
    if (call === undefined) return;
    if ("error" in answer) call.reject(errorFromWire(answer.error));
    else call.resolve(answer.value as never);
  }

  protected die(error: StedError): void {
    if (this.dead !== null) return;
    this.dead = error;
    for (const call of this.open.values()) call.reject(error);
    this.open.clear();
    this.onDeath?.(error);
  }
}

/** Under the test runner modules are TypeScript; threads and child processes always run the built JavaScript. */
export function workerEntry(entry: URL): URL {
  const path = entry.pathname;
  if (path.includes("/dist/")) return entry;
  const root = /^(.*)\/(src|drivers)\//.exec(path);
  if (root === null) return entry;
  const inside = path.slice((root[1] as string).length + 1).replace(/\.ts$/, ".js");
  return new URL(`file://${root[1]}/dist/${inside}`);
}
