import { join } from "node:path";
import { Command } from "commander";
import type { Level } from "pino";
import { systemClock } from "../../core/index.js";
import { startStudyServer } from "../../server/index.js";
import { type Invitation, Study, studyFolder } from "../../study/index.js";
import { openLog } from "../logging.js";
import { integer, number } from "../options.js";
import { print, printJson } from "../output.js";
import { packageRoot } from "../package-info.js";

interface Options {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly testers?: number;
  readonly invite?: readonly string[];
  readonly days: number;
  readonly json?: boolean;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description(
      "Shows a study to its testers, each by an invitation link. Ctrl-C ends it; answers are kept.",
    )
    .argument("<run>", "the study's folder or name")
    .option("--host <host>", "address to serve at", "127.0.0.1")
    .option("--port <n>", "port, 0 = any free one", integer(0, 65535), 0)
    .option(
      "--testers <n>",
      "make this many new links (default 11 where there is none yet)",
      integer(0, 1000),
    )
    .option("--invite <name...>", "make a new link for each name")
    .option("--days <n>", "days until new links expire", number(0.001), 14)
    .option("--data <folder>", "where studies are kept", "./data")
    .option("--json", "one JSON document on stdout when it is up")
    .addHelpText("after", "\nExample:\n  stedloop study serve first-study --invite anna bert")
    .action(async (run: string, options: Options) => {
      const study = Study.open(studyFolder(run, options.data, true), systemClock);
      const { logger, flush } = await openLog(null, "warn" as Level);
      const server = await startStudyServer({
        study,
        host: options.host,
        port: options.port,
        webRoot: join(packageRoot, "dist", "web"),
        clock: systemClock,
        logger,
      });
      const link = ({ tester, token, expiresAt }: Invitation) => ({
        tester,
        link: `${server.address}/#${token}`,
        expiresAt,
      });
      const invitations = study.invitations.add(namesFor(study, options), options.days).map(link);
      if (options.json) {
        printJson({ ready: true, study: study.file.name, address: server.address, invitations });
      } else {
        print(`study ${study.file.name} at ${server.address}  (Ctrl-C ends it)`);
        for (const { tester, link: url, expiresAt } of invitations) {
          print(`${tester}  ${url}  until ${expiresAt.slice(0, 16).replace("T", " ")} UTC`);
        }
        if (invitations.length > 0) print("These links are shown once; new ones with --invite NAME.");
      }
      await new Promise<void>((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
      });
      await server.close();
      flush();
    });
}

/** Names for new links: those given, then numbered ones that nobody has. */
function namesFor(study: Study, options: Options): readonly string[] {
  const named = options.invite ?? [];
  const none = study.invitations.list().length === 0 && named.length === 0;
  const wanted = options.testers ?? (none ? 11 : 0);
  const taken = new Set([...study.progress().map((p) => p.tester), ...named]);
  const numbered: string[] = [];
  for (let n = 1; numbered.length < wanted; n++) {
    if (!taken.has(`tester ${n}`)) numbered.push(`tester ${n}`);
  }
  return [...named, ...numbered];
}
