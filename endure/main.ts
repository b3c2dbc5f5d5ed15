/** `npm run endure TARGET [-- --count N --seed N --jobs N --out DIR]`: long trials of the whole program; see docs/endurance.md. */
import { mkdirSync } from "node:fs";
import { type Command, helpPage, readCommand, WrongUse } from "./command.js";
import type { EndureReport } from "./contract.js";

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let command: Command | null;
  try {
    command = await readCommand(args);
  } catch (thrown) {
    if (!(thrown instanceof WrongUse)) throw thrown;
    console.error(`endure: ${thrown.message}\n(endure --help explains)`);
    return 2;
  }
  if (command === null) {
    console.log(await helpPage());
    return 0;
  }
  mkdirSync(command.options.out, { recursive: true });
  const run = await command.target.load();
  const report = await run(command.options, (line) => console.error(line));
  if (command.json) console.log(JSON.stringify(report));
  else print(report);
  return report.failures.length === 0 && report.cases > 0 ? 0 : 1;
}

function print(report: EndureReport): void {
  for (const [figure, value] of Object.entries(report.figures)) console.log(`${figure}: ${value}`);
  for (const failure of report.failures) {
    const kept = failure.file === undefined ? "" : `, kept in ${failure.file}`;
    console.log(`FAILED seed ${failure.seed}: ${failure.what}${kept}`);
  }
  const none = report.cases === 0 ? "; nothing was tried" : "";
  console.log(
    `${report.target}: ${report.cases} cases, seed ${report.seed}, ${report.failures.length} failures${none}`,
  );
}
