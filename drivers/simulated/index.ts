export { createSimulatedBackend } from "./backend.js";
export { type Defects, defectsText } from "./defects.js";
export type { TrueRating } from "./frame/rating.js";
export { frameMs, type SimulatedOptions } from "./options.js";
export { type DyeName, dyes } from "./physics/profile.js";
export { type RandomFrame, type RandomFrameOptions, randomFrame } from "./random-frame.js";
export { type RenderedSample, type RenderOptions, renderFrame } from "./render-frame.js";
export { type Structure, structures } from "./sample/structures.js";
