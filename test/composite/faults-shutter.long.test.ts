import { faultSuite } from "./fault-suite.js";
import { shutterSet } from "./sets.js";

faultSuite(shutterSet, "test/composite/faults-shutter.long.test.ts");
