import { serdes, StreamsBuilder, type KTable } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
const serde = { key: string, value: string };

type Table = KTable<string, string>;

/** What happens to one of the topics of two tables. */
export type Update = readonly [topic: "l" | "r", key: string, value: string | null, timestamp: number];

export interface JoinedTables {
  /** Those downstream know, by key. */
  readonly rows: readonly (readonly [string, string])[];
  /** Of the last update of each key, deletions too. */
  readonly times: ReadonlyMap<string, number>;
  /** A count of the rows that subtracts what goes. */
  readonly count: number;
}

/** What comes of a join of the tables of `l` and `r` that is kept up to date. */
export function keptUpToDate(
  join: (left: Table, right: Table) => Table,
  updates: readonly Update[],
  cacheMaxBytes: number,
): JoinedTables {
  const builder = new StreamsBuilder({ key: string, value: string });
  const result = join(builder.table("l"), builder.table("r"));
  result.toStream().to("out");
  result.groupBy((_, value) => ["all", value]).count({ store: "count" });
  using driver = new TopologyTestDriver(builder.build(), { cacheMaxBytes });
  for (const [topic, key, value, timestamp] of updates)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
  const rows = new Map<string, string>();
  const times = new Map<string, number>();
  for (const { key, value, timestamp } of driver.createOutputTopic("out", serde).readAllRecords()) {
    if (value === null) rows.delete(key!);
    else rows.set(key!, value);
    times.set(key!, timestamp);
  }
  const count = driver.getKeyValueStore<string, number>("count")!.get("all") ?? 0;
  return { rows: byKey(rows), count, times };
}

export function byKey(rows: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}
