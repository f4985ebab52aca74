import { describe, expect, it } from "vitest";

import { memoryBackend } from "../index.js";
import { stateBackendConformance } from "./index.js";

describe("the memory backend", () => {
  stateBackendConformance(
    { describe, expect, it },
    {
      create: () => memoryBackend(),
      restart: async (backend) => backend,
      dispose: (backend) => backend.close(),
    },
  );
});
