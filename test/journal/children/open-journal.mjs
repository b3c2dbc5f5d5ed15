// Opens a journal and prints the error, or {}. Usage: node open-journal.mjs DATA
import { silentLogger, systemClock } from "../../../dist/src/core/index.js";
import { openJournal } from "../../../dist/src/journal/index.js";

try {
  const journal = await openJournal(process.argv[2], { clock: systemClock, logger: silentLogger });
  await journal.close();
  console.log("{}");
} catch (error) {
  console.log(JSON.stringify({ name: error.name, code: error.code, line: error.line }));
}
