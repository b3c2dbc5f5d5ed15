import { it } from "vitest";
import { mpbVfl } from "../../drivers/serial/mpb-vfl/sim.js";
import { play } from "./transcript.js";

it("MPB VFL: a whole conversation, as its facts say", () => play(mpbVfl, "mpb-vfl"));
