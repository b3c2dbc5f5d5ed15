import { it } from "vitest";
import { oxxius } from "../../drivers/serial/oxxius/sim.js";
import { play } from "./transcript.js";

it("Oxxius LBX: a whole conversation, as its facts say", () => play(oxxius, "oxxius"));
