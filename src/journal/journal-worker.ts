import { parentPort, workerData } from "node:worker_threads";
import { serveCalls } from "../core/index.js";
import { JournalWriter } from "./writer.js";

/** The thread that writes the journal. Its first call is `open`; `close` gives the folder's lock back. */
let writer: JournalWriter | null = null;

function opened(): JournalWriter {
  if (writer === null) throw new Error("the journal is not open");
  return writer;
}

type Arguments<K extends keyof JournalWriter> = JournalWriter[K] extends (...args: infer A) => unknown
  ? A
  : never;

if (parentPort !== null) {
  serveCalls(parentPort, {
    open: async () => {
      const { writer: made, from } = await JournalWriter.open((workerData as { dataDir: string }).dataDir);
      writer = made;
      return from;
    },
    createRun: (...args: Arguments<"createRun">) => opened().createRun(...args),
    beginStep: (...args: Arguments<"beginStep">) => opened().beginStep(...args),
    commitStep: (...args: Arguments<"commitStep">) => opened().commitStep(...args),
    endAttempt: (...args: Arguments<"endAttempt">) => opened().endAttempt(...args),
    addFrame: (...args: Arguments<"addFrame">) => opened().addFrame(...args),
    addEvent: (...args: Arguments<"addEvent">) => opened().addEvent(...args),
    endRun: (...args: Arguments<"endRun">) => opened().endRun(...args),
    reopenRun: (...args: Arguments<"reopenRun">) => opened().reopenRun(...args),
    close: () => {
      writer?.close();
      writer = null;
    },
  });
}
