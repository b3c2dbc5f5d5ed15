import { it } from "vitest";
import { ibeamSmart } from "../../drivers/serial/ibeam-smart/sim.js";
import { play } from "./transcript.js";

it("Toptica iBeam smart: a whole conversation, as its facts say", () => play(ibeamSmart, "ibeam-smart"));
