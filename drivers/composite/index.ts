export { Calibration, parseCalibration, readCalibration } from "./calibration.js";
export { CompositeRig } from "./composite-rig.js";
export { openComposite } from "./open.js";
