import { coboltLaser } from "../cobolt-06/device.js";

/** One line (`channel`, 1 … 4) of a Cobolt Skyra: the commands of a single head with the line's number in front. */
export const skyra = coboltLaser("Cobolt Skyra", 1);
