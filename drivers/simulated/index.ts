export { type FaultEntry, parseFaultScript, readFaultScript } from "../faults/index.js";
export { createSimulatedBackend, type SimulatedBackend } from "./backend.js";
export { type DefectName, type Defects, defectNames, defectsText } from "./defects.js";
export { faultNames, type RigFaultName, rigFaults } from "./faults/names.js";
export { FaultPlan, type FaultRecord } from "./faults/plan.js";
export { type FaultyWire, type FaultyWireOptions, startFaultyWire } from "./faults/wire.js";
export type { TrueRating } from "./frame/rating.js";
export { type LoadedMap, loadMoleculeMap, type MapOptions } from "./molecule-map.js";
export { frameMs, type SimulatedOptions } from "./options.js";
export { type DyeName, dyes, type Realism } from "./physics/profile.js";
export { type RandomFrame, type RandomFrameOptions, randomFrame } from "./random-frame.js";
export { type RandomViewsOptions, randomViews } from "./random-views.js";
export {
  type MoleculeMap,
  type RenderedSample,
  type RenderOptions,
  renderFrame,
  warmUp,
} from "./render-frame.js";
export type { SampleTuning } from "./sample/natural.js";
export { type Structure, structures } from "./sample/structures.js";
