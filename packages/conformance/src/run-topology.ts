import { StreamsError, TopologyError, type Topology } from "@millrace/streams-core";
import type { TopologyTestDriver } from "@millrace/streams-core/testing";
import { buildTopology } from "./operations/build-topology.js";
import { TopicSerdes } from "./operations/topic-serdes.js";
import type { Json, Outcome, Step, TopologyScenario } from "./scenario.js";
import { capturedTopics, storeDumps, wantedTopics } from "./steps/captured.js";
import { APPLICATION_ID, driverFor } from "./steps/driver.js";
import { pipe } from "./steps/pipe.js";
import { query } from "./steps/queries.js";
import { MalformedScenarioError } from "./values/malformed-scenario-error.js";

/** What a run gave, and what was thrown on the way, if anything. */
export interface TopologyRun {
  readonly outcome: Outcome;
  readonly cause: unknown;
}

interface Built {
  readonly topology: Topology;
  readonly describe: string;
  readonly driver: TopologyTestDriver;
}

/** Builds the scenario's topology, runs its steps and looks at everything the format can expect. */
export function runTopology(scenario: TopologyScenario): TopologyRun {
  const serdes = new TopicSerdes();
  let built: Built;
  try {
    built = build(scenario, serdes);
  } catch (cause) {
    if (cause instanceof MalformedScenarioError) throw cause;
    return { outcome: { error: { build: javaClass(cause) } }, cause };
  }
  using driver = built.driver;
  const { queries, failure } = runSteps(scenario.steps, driver, serdes);
  const outcome: Outcome = {
    error: failure === null ? null : { step: failure.step },
    ...capturedTopics(driver, serdes),
    ...(failure === null ? { stores: storeDumps(driver, scenario.expect.stores ?? {}) } : {}),
    queries,
    describe: built.describe,
    internalTopics: wantedTopics(built.topology),
    copartitionGroups: built.topology.copartitionGroups(APPLICATION_ID),
    metrics: { droppedRecords: driver.droppedRecords },
  };
  return { outcome, cause: failure?.cause ?? null };
}

function build(scenario: TopologyScenario, serdes: TopicSerdes): Built {
  const topology = buildTopology(scenario, serdes);
  const describe = topology.describe().toString();
  return { topology, describe, driver: driverFor(topology, scenario.config) };
}

function runSteps(
  steps: readonly Step[],
  driver: TopologyTestDriver,
  serdes: TopicSerdes,
): { queries: readonly Json[]; failure: { step: number; cause: unknown } | null } {
  const queries: Json[] = [];
  for (const [i, step] of steps.entries()) {
    try {
      if ("pipe" in step) pipe(step.pipe, driver, serdes);
      else if ("query" in step) queries.push(query(step.query, driver));
      else driver.advanceWallClockTime(step.advanceWallClockMs);
    } catch (cause) {
      if (cause instanceof MalformedScenarioError) throw cause;
      return { queries, failure: { step: i, cause } };
    }
  }
  return { queries, failure: null };
}

/** The Java class that an error of ours stands for. */
function javaClass(cause: unknown): string {
  if (cause instanceof TopologyError) return "TopologyException";
  return cause instanceof StreamsError ? "StreamsException" : "IllegalArgumentException";
}
