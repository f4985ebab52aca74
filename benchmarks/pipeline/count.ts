import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serdes, StreamsBuilder, type StreamsAppOptions, type Topology } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { timed, type Bench, type Timing } from "../bench.js";
import { keyText, positionJson } from "./data.js";
import { runEmbedded } from "./embedded-run.js";

/** Count by key with a changelog, cached; the value is not read, so it stays text. */
function topology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("positions")
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to("counts-out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

/** A Map and a counter: by hand. */
function baseline(records: number): Timing {
  const keys = Array.from({ length: 10_000 }, (_, index) => Buffer.from(keyText(index)));
  const counts = new Map<string, { count: number }>();
  return timed(records, () => {
    for (let index = 0; index < records; index++) {
      const key = (keys[index % keys.length] as Buffer).toString("latin1");
      const entry = counts.get(key);
      if (entry === undefined) counts.set(key, { count: 1 });
      else entry.count++;
    }
  });
}

const embeddedCount = (records: number, app: Partial<StreamsAppOptions>): Promise<Timing> =>
  runEmbedded({
    topology: topology(),
    inputTopic: "positions",
    outputTopic: "counts-out",
    key: keyText,
    value: positionJson,
    records,
    app,
  });

export const embeddedCountMemory: Bench = {
  name: "embedded: count, memory",
  unit: "records",
  records: 2_000_000,
  goalPerSecond: 1_000_000,
  baseline,
  run: (records) => embeddedCount(records, {}),
};

export const embeddedCountLeveldb: Bench = {
  name: "embedded: count, leveldb",
  unit: "records",
  records: 2_000_000,
  goalPerSecond: 500_000,
  baseline,
  run: async (records) => {
    const stateDir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
    try {
      return await embeddedCount(records, { stateDir });
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
};

export const driverCount: Bench = {
  name: "test driver: count, memory",
  unit: "records",
  records: 1_000_000,
  goalPerSecond: 300_000,
  baseline,
  run: async (records) => {
    using driver = new TopologyTestDriver(topology());
    const input = driver.createInputTopic("positions", { key: serdes.string, value: serdes.string });
    const output = driver.createOutputTopic("counts-out", { key: serdes.string, value: serdes.long });
    return timed(records, () => {
      for (let index = 0; index < records; index++) {
        input.pipeInput(keyText(index), "v", { timestamp: index });
        output.readRecord();
      }
    });
  },
};
