export type { Input, ObjectiveDefinition, Triple } from "./contract.js";
export { evaluateObjectives, objectiveDefinition, objectiveSpec } from "./evaluate.js";
export { describeField } from "./field.js";
export { objectives } from "./registry.js";
