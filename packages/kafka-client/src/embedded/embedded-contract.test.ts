import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, it } from "vitest";
import { runClientContract, type ContractWorld } from "../conformance/index.js";
import { embedded, type EmbeddedOptions } from "./index.js";

let seed = 0;

/** An embedded cluster in virtual time. */
function world(options: EmbeddedOptions, anyOrder = false): ContractWorld {
  const environment = virtualEnvironment({ seed: ++seed, startMs: 1_000_000, shuffleTasks: anyOrder });
  const markerDelays = anyOrder ? { transactionMarkerDelayMs: () => environment.randomness.below(60) } : {};
  const cluster = embedded({ ...options, ...markerDelays, environment });
  return {
    environment,
    lateMsMax: 0,
    connect: () => cluster.connect(),
    compact: () => cluster.runMaintenance(),
    async drive(work) {
      let settled = false;
      const settle = () => (settled = true);
      work.then(settle, settle);
      await environment.scheduler.runUntil(() => settled);
      return work;
    },
    async close() {
      await cluster.close();
      if (options.dir !== undefined) rmSync(options.dir, { recursive: true });
    },
  };
}

const inDirectory = () => mkdtempSync(join(tmpdir(), "millrace-contract-"));

describe("the contract, in memory", () => {
  runClientContract({ describe, it }, () => Promise.resolve(world({})));
});

describe("the contract, in memory, with markers that take their time", () => {
  runClientContract({ describe, it }, () => Promise.resolve(world({ transactionMarkerDelayMs: 25 })));
});

describe("the contract, in memory, with tasks and markers in any order", () => {
  runClientContract({ describe, it }, () => Promise.resolve(world({}, true)));
});

describe("the contract, in a directory", () => {
  runClientContract({ describe, it }, () => Promise.resolve(world({ dir: inDirectory() })));
});
