import { faultSuite } from "./fault-suite.js";
import { bareSet } from "./sets.js";

faultSuite(bareSet, "test/composite/faults-bare.long.test.ts");
