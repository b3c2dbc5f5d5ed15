import { exportRoutes } from "./export-routes.js";
import { noteRoutes } from "./note-routes.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";
import { ratingRoutes } from "./rating-routes.js";
import { rigRoutes } from "./rig-routes.js";
import type { Route } from "./route.js";
import { studyRoutes } from "./study-routes.js";
import { TrainingDesk } from "./training-desk.js";
import { trainingRoutes } from "./training-routes.js";
import type { Workshop } from "./workshop.js";

/** The routes of the pages Rate, Train, Study and Rig; `close` ends a training that still runs. */
export function openWorkshop(
  options: ServerOptions,
  workshop: Workshop,
  pictures: PictureWorker,
): { readonly routes: readonly Route[]; close(): Promise<void> } {
  const { session, clock, runs } = options;
  const desk = new TrainingDesk(workshop, clock);
  const rig = rigRoutes(session, workshop, clock);
  return {
    routes: [
      ...ratingRoutes(options, workshop, pictures),
      ...trainingRoutes(session, workshop, desk, pictures, clock),
      ...studyRoutes(workshop.data, pictures, clock),
      ...noteRoutes(runs, workshop, clock),
      ...exportRoutes(runs, workshop),
      ...rig.routes,
    ],
    close: async () => {
      rig.close();
      await desk.close();
    },
  };
}
