import { it } from "vitest";
import { sc10 } from "../../drivers/serial/sc10/sim.js";
import { play } from "./transcript.js";

it("Thorlabs SC10: a whole conversation, as its facts say", () => play(sc10, "sc10"));
