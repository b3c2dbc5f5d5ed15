import fastify from "fastify";
import { addressOf, type Clock, type Logger, listen, patience } from "../core/index.js";
import type { Study } from "../study/index.js";
import { isLoopback } from "./access.js";
import { installBodies, installEntrance } from "./entrance.js";
import { installFailures } from "./failures.js";
import type { RunningServer } from "./options.js";
import { installPage } from "./page.js";
import { PictureWorker } from "./pictures.js";
import { installRoutes } from "./route.js";
import { testerRoutes } from "./tester-routes.js";

export interface StudyServerOptions {
  readonly study: Study;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Folder of the built page. */
  readonly webRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves one study to its testers and nothing else: no rig, no runs, no results. May stand open to a network. */
export async function startStudyServer(options: StudyServerOptions): Promise<RunningServer> {
  const { study, host } = options;
  const app = fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true, ...patience() });
  const pictures = new PictureWorker(options.logger);
  const close = async (): Promise<void> => {
    await app.close();
    await pictures.close();
  };
  try {
    installFailures(app, options.logger);
    installBodies(app);
    const whoIs = installEntrance(app, isLoopback(host), []);
    const find = (token: string): { study: Study; tester: string } => ({
      study,
      tester: study.invitations.testerOf(token),
    });
    installRoutes(app, testerRoutes(find, pictures), whoIs);
    await installPage(app, options.webRoot, "study.html");
    const port = await listen(app, host, options.port);
    return { address: addressOf(host, port), port, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
