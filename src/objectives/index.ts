export type { Input, ObjectiveDefinition, Triple } from "./contract.js";
export { evaluateObjectives, objectiveDefinition, objectiveSpec } from "./evaluate.js";
export { objectives } from "./registry.js";
