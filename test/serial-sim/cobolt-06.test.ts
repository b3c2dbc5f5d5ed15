import { it } from "vitest";
import { cobolt06 } from "../../drivers/serial/cobolt-06/sim.js";
import { play } from "./transcript.js";

it("Cobolt 06: a whole conversation, as its facts say", () => play(cobolt06, "cobolt-06"));
