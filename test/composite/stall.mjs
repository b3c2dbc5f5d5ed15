// Loaded into the daemon under test: makes its event loop stall, or throws where nobody catches, at a signal; and holds
// a scoring thread, as a GPU call that never returns would, while the file named by STEDLOOP_TEST_STUCK exists.
import { existsSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";

if (isMainThread) {
  process.on("SIGUSR2", () => {
    const end = performance.now() + 9000;
    while (performance.now() < end);
  });
  process.on("SIGWINCH", () => {
    setImmediate(() => {
      throw new Error("a fault of the program");
    });
  });
} else if (process.env.STEDLOOP_TEST_STUCK && parentPort !== null) {
  // Listening here as well would start the port before the worker's own listener is there, and eat its first message.
  const listen = parentPort.on.bind(parentPort);
  parentPort.on = (name, listener) => {
    if (name !== "message") return listen(name, listener);
    return listen(name, (call) => {
      if (/score/i.test(String(call?.method)) && existsSync(process.env.STEDLOOP_TEST_STUCK)) {
        writeFileSync(`${process.env.STEDLOOP_TEST_STUCK}.at`, "");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      }
      listener(call);
    });
  };
}
