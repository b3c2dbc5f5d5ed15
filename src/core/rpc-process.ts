import { type ChildProcess, fork } from "node:child_process";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { StedError } from "./errors.js";
import { type Answer, type Call, CallClient, workerEntry } from "./rpc.js";

/**
 * The calling side of one process: for libraries that may crash or hang where nothing but an end of the process helps. What is
 * transferred is copied.
 */
export class ProcessClient extends CallClient {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(
    private readonly name: string,
    entry: URL,
    onDeath?: (error: StedError) => void,
  ) {
    super(onDeath);
    this.child = fork(workerEntry(entry), [], {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", (answer: Answer) => this.receive(answer));
    this.ended = new Promise((resolve) => {
      this.child.on("error", (cause) => {
        this.die(new StedError("WORKER_DIED", `${name}: ${cause.message}`, { cause }));
        if (this.child.pid === undefined) resolve();
      });
      this.child.on("exit", (code, signal) => {
        this.die(new StedError("WORKER_DIED", `${name} ended (${signal ?? `exit ${code}`})`));
        resolve();
      });
    });
  }

  /** Process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  async close(): Promise<void> {
    this.abandon();
    await this.ended;
  }

  abandon(): void {
    this.child.kill("SIGKILL");
    this.die(new StedError("WORKER_DIED", `${this.name} was given up`));
  }

  protected post(call: Call): void {
    this.child.send(call, (error) => {
      if (error !== null) this.die(new StedError("WORKER_DIED", error.message, { cause: error }));
    });
  }
}

/** This process' side; null where no `ProcessClient` started it. It ends when its parent does. */
export function parentProcess(): MessagePort | null {
  if (process.send === undefined) return null;
  const { port1, port2 } = new MessageChannel();
  process.on("message", (message) => port1.postMessage(message));
  port1.on("message", (message: NonNullable<unknown>) => process.send?.(message));
  process.on("disconnect", () => process.exit(0));
  return port2;
}
