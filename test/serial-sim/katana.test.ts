import { it } from "vitest";
import { katana } from "../../drivers/serial/katana/sim.js";
import { play } from "./transcript.js";

it("OneFive Katana: a whole conversation, as its facts say", () => play(katana, "katana"));
