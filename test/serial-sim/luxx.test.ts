import { it } from "vitest";
import { luxx } from "../../drivers/serial/luxx/sim.js";
import { play } from "./transcript.js";

it("Omicron LuxX: a whole conversation, as its facts say", () => play(luxx, "luxx"));
