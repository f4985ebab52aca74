import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change, ProcessorSupplier, Serde } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { timestampedKeyValueStore } from "../stores/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { Topology, TopologyBuilder } from "../topology/index.js";
import { changeSerde, tableAggregate, tableFilter, tableMapValues, tableSelect, tableSource } from "./index.js";

interface Row {
  readonly group: string | null;
  readonly amount: number;
}

type Update = readonly [key: string, row: Row | null, timestamp: number];

const { string } = serdes;
const row = serdes.json<Row>();
const sum = serdes.json<number>();

function table<V>(name: string, value: Serde<V>, caching: boolean) {
  return timestampedKeyValueStore({ name, key: string, value, caching });
}

/** A table, filtered and mapped, and the sums of its groups, through a repartition topic. */
function sumsOf(updates: readonly Update[], caching: boolean, materialised: boolean): Record<string, number> {
  const builder = new TopologyBuilder({ key: string, value: row });
  const add = (name: string, processor: unknown, parent: string): void => {
    builder.addProcessor({ name, processor: processor as ProcessorSupplier, parents: [parent] });
  };
  const storeOf = (name: string): string | null => (materialised ? name : null);
  builder.addSource({ name: "in", topics: "in" });
  add("table", tableSource({ store: "rows", sendOldValues: true }), "in");
  const predicate = (_key: string, value: Row) => value.amount > 2;
  add("big", tableFilter({ predicate, negate: false, store: storeOf("big"), sendOldValues: true }), "table");
  const mapper = (value: Row) => ({ ...value, amount: value.amount * 10 });
  add("tenfold", tableMapValues({ mapper, store: storeOf("tenfold"), sendOldValues: true }), "big");
  add("select", tableSelect({ mapper: (_key: string, value: Row) => [value.group, value.amount] }), "tenfold");
  builder.addInternalTopic({ name: "groups-repartition", partitions: null });
  const change: Serde<Change<number>> = changeSerde(sum);
  builder.addSink({ name: "to", topic: "groups-repartition", parents: ["select"], value: change });
  builder.addSource({ name: "from", topics: "groups-repartition", value: change });
  const adder = (_key: string, amount: number, total: number) => total + amount;
  const subtractor = (_key: string, amount: number, total: number) => (total === amount ? null : total - amount);
  const options = { store: "sums", init: () => 0, add: adder, subtract: subtractor, sendOldValues: false };
  add("sums", tableAggregate(options), "from");
  builder.addStateStore(table("rows", row, caching), ["table"]);
  if (materialised) builder.addStateStore(table("big", row, caching), ["big"]);
  if (materialised) builder.addStateStore(table("tenfold", row, caching), ["tenfold"]);
  builder.addStateStore(table("sums", sum, caching), ["sums"]);
  using driver = new TopologyTestDriver(Topology.of(builder));
  const input = driver.createInputTopic("in", { key: string, value: row });
  for (const [key, value, timestamp] of updates) input.pipeInput(key, value, { timestamp });
  const rows = driver.getKeyValueStore<string, number>("sums")!.all();
  return Object.fromEntries([...rows].map(({ key, value }) => [key, value]));
}

/** The same from scratch: the last row of each key, filtered, mapped, summed. */
function expectedSums(updates: readonly Update[]): Record<string, number> {
  const last = new Map(updates.map(([key, value]) => [key, value]));
  const sums: Record<string, number> = {};
  for (const value of last.values()) {
    if (value === null || value.amount <= 2 || value.group === null) continue;
    sums[value.group] = (sums[value.group] ?? 0) + value.amount * 10;
  }
  return sums;
}

const update = fc.tuple(
  fc.constantFrom("a", "b", "c", "d"),
  fc.option(fc.record({ group: fc.option(fc.constantFrom("g", "h", "i")), amount: fc.integer({ min: 0, max: 6 }) })),
  fc.integer({ min: 0, max: 50 }),
);

describe("The sums of a table's groups", () => {
  it("kept up to date, are those computed from scratch: cached or not, materialised or not", () => {
    fc.assert(
      fc.property(fc.array(update, { maxLength: 40 }), fc.boolean(), fc.boolean(), (updates, caching, materialised) => {
        expect(sumsOf(updates, caching, materialised)).toEqual(expectedSums(updates));
      }),
      { numRuns: propertyCases() },
    );
  });
});
