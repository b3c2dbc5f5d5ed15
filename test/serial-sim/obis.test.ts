import { it } from "vitest";
import { obis } from "../../drivers/serial/obis/sim.js";
import { play } from "./transcript.js";

it("Coherent OBIS: a whole conversation, as its facts say", () => play(obis, "obis"));
