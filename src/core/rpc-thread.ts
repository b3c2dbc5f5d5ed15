import { Worker } from "node:worker_threads";
import { StedError } from "./errors.js";
import { type Answer, type Call, CallClient, workerEntry } from "./rpc.js";

/** The calling side of one worker thread. */
export class WorkerClient extends CallClient {
  private readonly worker: Worker;

  constructor(
    private readonly name: string,
    entry: URL,
    workerData: unknown,
    onDeath?: (error: StedError) => void,
  ) {
    super(onDeath);
    this.worker = new Worker(workerEntry(entry), { workerData, name });
    this.worker.on("message", (answer: Answer) => this.receive(answer));
    this.worker.on("error", (cause) => {
      this.die(new StedError("WORKER_DIED", `${name}: ${cause.message}`, { cause }));
    });
    this.worker.on("exit", () => this.die(new StedError("WORKER_DIED", `${name} ended`)));
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  /** Native code that returns into a thread that was terminated ends the whole process: the thread ends itself, later. */
  abandon(): void {
    this.worker.postMessage("end");
    this.worker.unref();
    this.die(new StedError("WORKER_DIED", `${this.name} was given up`));
  }

  protected post(call: Call, transfer: readonly ArrayBuffer[]): void {
    this.worker.postMessage(call, transfer);
  }
}
