import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { TopologyTestDriver } from "../testing/index.js";
import type { Topology } from "../topology/index.js";

const { string } = serdes;
const startMs = 1_700_000_000_000;

interface Row {
  readonly topic: "left" | "right";
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

/** Rows in the order of their times, so that the app takes them in the driver's order. */
function rows(from: number, to: number): readonly Row[] {
  return Array.from({ length: to - from }, (_, index) => {
    const at = from + index;
    return {
      topic: (at * 7) % 5 < 2 ? ("right" as const) : ("left" as const),
      key: "abc".charAt((at * 11) % 3),
      value: `${at}`,
      timestamp: startMs + at * 4,
    };
  });
}

function topology(): Topology {
  const builder = new StreamsBuilder({ key: string, value: string });
  builder
    .stream("left")
    .outerJoin(builder.stream("right"), (left, right) => `${left}+${right}`, {
      timeDifferenceMs: 9,
      graceMs: 5,
      unmatchedOnTime: true,
    })
    .to("out");
  return builder.build();
}

function byDriver(records: readonly Row[]): (readonly [string | null, string | null])[] {
  using driver = new TopologyTestDriver(topology());
  for (const { topic, key, value, timestamp } of records) {
    driver.createInputTopic(topic, { key: string, value: string }).pipeInput(key, value, { timestamp });
  }
  const results = driver.createOutputTopic("out", { key: string, value: string }).readAllKeyValues();
  return results.map(({ key, value }) => [key, value]);
}

let harness: AppHarness;
let stateDir: string;

beforeEach(() => {
  harness = new AppHarness({ realIo: true });
  stateDir = mkdtempSync(join(tmpdir(), "millrace-joined-"));
});

afterEach(async () => {
  await harness.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function runApp(records: readonly Row[], options: { readonly stateDir?: string }): Promise<void> {
  for (const topic of ["left", "right"]) {
    await harness.produce(
      topic,
      records.filter((row) => row.topic === topic),
    );
  }
  const app = harness.makeApp(topology(), { processingGuarantee: "exactly-once", ...options });
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  await harness.run(app.close());
}

describe("an outer join of streams in an app", () => {
  test.each(["leveldb", "memory"])("gives what the driver gives, stopped in between: %s", async (engine) => {
    const options = engine === "leveldb" ? { stateDir } : {};
    await harness.createTopics({ left: 1, right: 1, out: 1 });
    await runApp(rows(0, 30), options);
    await runApp(rows(30, 60), options);
    expect(await harness.read("out")).toEqual(byDriver(rows(0, 60)));
  });
});
