import { it } from "vitest";
import { aaMpds } from "../../drivers/serial/aa-mpds/sim.js";
import { play } from "./transcript.js";

it("AA MPDS: a whole conversation, as its facts say", () => play(aaMpds, "aa-mpds"));
