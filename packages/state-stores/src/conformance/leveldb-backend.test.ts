import { describe, expect, it } from "vitest";

import { leveldbSubject } from "../../test/leveldb-subject.js";
import { stateBackendConformance } from "./index.js";

describe("the leveldb backend", () => {
  stateBackendConformance({ describe, expect, it }, leveldbSubject());
});
