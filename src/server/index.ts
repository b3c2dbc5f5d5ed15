export { isLoopback } from "./access.js";
export { deployedModel } from "./deployment.js";
export type { Finding } from "./findings.js";
export { type FleetServerOptions, startFleetServer } from "./fleet-server.js";
export type { HealthReport, Heatmap, RunningServer, ServerOptions } from "./options.js";
export { startServer } from "./start.js";
export { type StudyServerOptions, startStudyServer } from "./study-server.js";
export { loadTokens, newToken, type Role, roles, type TokenRecord, whoseToken } from "./tokens.js";
export type { Workshop } from "./workshop.js";
