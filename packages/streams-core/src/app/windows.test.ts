import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, windows, type EmitOptions } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { StreamsApp } from "./streams-app.js";

/** Records of topic "in" joined by window, each window once, to topic "out". */
function closedWindows(emit: Omit<EmitOptions, "emit">): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .groupByKey()
    .windowedBy(windows.tumbling({ sizeMs: 10 }), { emit: "onWindowClose", ...emit })
    .reduce((text, value) => text + value, { store: "windows" })
    .toStream()
    .selectKey(({ key, startMs, endMs }) => `${key}[${startMs},${endMs})`)
    .to("out");
  return builder.build();
}

let harness: AppHarness;

beforeEach(async () => {
  harness = new AppHarness();
  await harness.createTopics({ in: 1, out: 1 });
});

afterEach(() => harness.close());

async function start(topology: Topology, options: Partial<StreamsAppOptions> = {}): Promise<StreamsApp> {
  const app = harness.makeApp(topology, options);
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  return app;
}

async function output(): Promise<string[]> {
  return (await harness.read("out")).map(([key, value]) => `${key} ${value}`);
}

describe.each(["at-least-once", "exactly-once"] as const)("Windows on the embedded log, %s,", (processingGuarantee) => {
  test("close by the wall clock when no more records come", async () => {
    await harness.produce("in", [
      { key: "a", value: "x", timestamp: 3 },
      { key: "a", value: "y", timestamp: 7 },
    ]);
    const app = await start(closedWindows({ closeAfterMs: 5000 }), { processingGuarantee });
    expect(await output()).toEqual([]);
    await harness.environment.scheduler.advanceBy(6000);
    await harness.run(app.caughtUp());
    await harness.environment.scheduler.advanceBy(500);
    expect(await output()).toEqual(["a[0,10) xy"]);
  });

  test("are given once, though the app stops and another goes on with its windows", async () => {
    const topology = closedWindows({ emitIntervalMs: 0 });
    await harness.produce("in", [
      { key: "a", value: "x", timestamp: 3 },
      { key: "a", value: "y", timestamp: 12 },
    ]);
    const first = await start(topology, { processingGuarantee });
    await harness.run(first.close());
    await harness.produce("in", [
      { key: "a", value: "late", timestamp: 4 },
      { key: "a", value: "z", timestamp: 15 },
      { key: "b", value: "w", timestamp: 20 },
    ]);
    await start(topology, { processingGuarantee });
    await harness.environment.scheduler.advanceBy(500);
    expect(await output()).toEqual(["a[0,10) x", "a[10,20) yz"]);
  });
});
