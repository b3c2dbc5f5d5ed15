import { it } from "vitest";
import { skyra } from "../../drivers/serial/skyra/sim.js";
import { play } from "./transcript.js";

it("Cobolt Skyra: a whole conversation, as its facts say", () => play(skyra, "skyra"));
