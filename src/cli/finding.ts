export type { Finding } from "../server/index.js";
