import { type MessagePort, Worker } from "node:worker_threads";
import { errorFromWire, errorToWire, StedError, type WireError } from "./errors.js";

/** Calls across a thread: plain data in, plain data or a typed error out, matched by number. */
interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly event: string; readonly value: unknown };

// biome-ignore lint/suspicious/noConfusingVoidType: a handler may return nothing
type Handler = (...args: never[]) => unknown | void;
export type Handlers = Record<string, Handler>;

/** Serves `handlers` in a worker thread. Calls run one after another, in the order they came. */
export function serveCalls(port: MessagePort, handlers: Handlers): (event: string, value: unknown) => void {
  let tail: Promise<void> = Promise.resolve();
  port.on("message", (call: Call) => {
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

/** The calling side of one worker thread. When the thread dies every open call rejects. */
export class WorkerClient {
  private readonly open = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: StedError) => void }
  >();
  private nextId = 1;
  private dead: StedError | null = null;
  private readonly worker: Worker;
  private readonly listeners = new Map<string, (value: never) => void>();

  constructor(name: string, entry: URL, workerData: unknown, onDeath?: (error: StedError) => void) {
    this.worker = new Worker(workerEntry(entry), { workerData, name });
    this.worker.on("message", (answer: Answer) => this.receive(answer));
    this.worker.on("error", (cause) => {
      this.die(new StedError("WORKER_DIED", `${name}: ${cause.message}`, { cause }), onDeath);
    });
    this.worker.on("exit", () => {
      this.die(new StedError("WORKER_DIED", `${name} ended`), onDeath);
    });
  }

  /** Calls `method` in the worker. @param transfer buffers handed over instead of copied */
  call<T>(method: string, args: readonly unknown[] = [], transfer: readonly ArrayBuffer[] = []): Promise<T> {
    if (this.dead !== null) return Promise.reject(this.dead);
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.open.set(id, { resolve: resolve as (value: never) => void, reject });
      this.worker.postMessage({ id, method, args } satisfies Call, transfer);
    });
  }

  on(event: string, listener: (value: never) => void): void {
    this.listeners.set(event, listener);
  }

  /** Ends the thread; open calls reject with WORKER_DIED. */
  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(answer: Answer): void {
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

  private die(error: StedError, onDeath?: (error: StedError) => void): void {
    if (this.dead !== null) return;
    this.dead = error;
    for (const call of this.open.values()) call.reject(error);
    this.open.clear();
    onDeath?.(error);
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
