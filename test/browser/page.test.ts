import { afterAll, afterEach, beforeAll } from "vitest";
import { Stage } from "./harness.js";
import { adviceSuite } from "./suites/advice.js";
import { decideSuite } from "./suites/decide.js";
import { eStopSuite } from "./suites/e-stop.js";
import { fleetSuite } from "./suites/fleet.js";
import { frameSuite } from "./suites/frame.js";
import { looksSuite } from "./suites/looks.js";
import { pastSuite } from "./suites/past.js";
import { streamSuite } from "./suites/stream.js";
import { testerSuite } from "./suites/tester.js";
import { watchSuite } from "./suites/watch.js";
import { workshopSuite } from "./suites/workshop.js";

// One file, one process, one Chromium: the browser unpacks itself into /tmp and must not do so twice at once.
const stage = new Stage();
beforeAll(() => stage.start(), 120_000);
afterEach(() => stage.clear());
afterAll(() => stage.end());

watchSuite(stage);
frameSuite(stage);
pastSuite(stage);
decideSuite(stage);
adviceSuite(stage);
eStopSuite(stage);
streamSuite(stage);
looksSuite(stage);
workshopSuite(stage);
testerSuite(stage);
fleetSuite(stage);
