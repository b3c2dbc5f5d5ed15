import { faultSuite } from "./fault-suite.js";
import { usualSet } from "./sets.js";

// Real processes, real ports, twenty to forty seconds a failure: `npm run test:long`; written anew by `npm run what-happens`.
faultSuite(usualSet, "test/composite/faults.long.test.ts");
