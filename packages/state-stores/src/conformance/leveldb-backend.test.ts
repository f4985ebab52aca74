import { describe, expect, it } from "vitest";

import { stateBackendConformance } from "./index.js";
import { leveldbSubject } from "./leveldb-subject.js";

describe("the leveldb backend", () => {
  stateBackendConformance({ describe, expect, it }, leveldbSubject());
});
