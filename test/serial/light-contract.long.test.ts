import { serialKinds } from "../../drivers/serial/index.js";
import { lightContract } from "./contract.js";

for (const kind of serialKinds) lightContract(kind, true);
