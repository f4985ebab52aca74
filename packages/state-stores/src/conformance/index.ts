import type { BackendSubject } from "./backend-subject.js";
import { commitSuite } from "./commit-suite.js";
import { lifecycleSuite } from "./lifecycle-suite.js";
import { storeSuite } from "./store-suite.js";
import type { ConformanceTools } from "./tools.js";

export type { BackendSubject } from "./backend-subject.js";
export type { ConformanceTools } from "./tools.js";

/** Declares the tests that every state backend passes. */
export const stateBackendConformance = (tools: ConformanceTools, subject: BackendSubject): void => {
  storeSuite(tools, subject);
  commitSuite(tools, subject);
  lifecycleSuite(tools, subject);
};
