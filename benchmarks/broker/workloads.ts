import { serdes, StreamsBuilder, windows, type Topology } from "millrace";
import { roundedPosition, wordsPerLine, type Position } from "../pipeline/data.js";

/** One of the four workloads that run on a real broker, ours and Kafka Streams' in turn. */
export interface Workload {
  readonly name: "stateless" | "count" | "window" | "wordcount";
  /** What a rate counts. */
  readonly unit: "records" | "words";
  readonly input: "positions" | "lines";
  readonly unitsPerRecord: number;
  /** What one event loop does by hand on the same work, on the machine of the design's measurements. */
  readonly ceilingPerSecond: number;
  /** How many times Java's rate is aimed at. */
  readonly goalRatio: number;
  /** The twin of the one in Java. `counted` is called once for every unit, before its last step. */
  topology(input: string, output: string, counted: () => void): Topology;
}

const text = { key: serdes.string, value: serdes.string };
const long = serdes.nullable(serdes.long);
const windowMs = 1000;

const stateless: Workload = {
  name: "stateless",
  unit: "records",
  input: "positions",
  unitsPerRecord: 1,
  ceilingPerSecond: 380_000,
  goalRatio: 1.6,
  topology(input, output, counted) {
    const value = serdes.json<Position>();
    const builder = new StreamsBuilder({ key: serdes.string, value });
    builder.stream(input).peek(counted).mapValues(roundedPosition, { value }).to(output);
    return builder.build();
  },
};

const count: Workload = {
  name: "count",
  unit: "records",
  input: "positions",
  unitsPerRecord: 1,
  ceilingPerSecond: 2_260_000,
  goalRatio: 4,
  topology(input, output, counted) {
    const builder = new StreamsBuilder(text);
    const grouped = builder.stream(input).peek(counted).groupByKey();
    grouped.count({ store: "counts" }).toStream().to(output, { value: long });
    return builder.build();
  },
};

const window: Workload = {
  name: "window",
  unit: "records",
  input: "positions",
  unitsPerRecord: 1,
  ceilingPerSecond: 811_000,
  goalRatio: 7,
  topology(input, output, counted) {
    const builder = new StreamsBuilder(text);
    const seconds = windows.tumbling({ sizeMs: windowMs, graceMs: 0 });
    const grouped = builder.stream(input).peek(counted).groupByKey().windowedBy(seconds);
    grouped.count({ store: "counts" }).toStream().to(output, { value: long });
    return builder.build();
  },
};

const wordcount: Workload = {
  name: "wordcount",
  unit: "words",
  input: "lines",
  unitsPerRecord: wordsPerLine,
  ceilingPerSecond: 1_900_000,
  goalRatio: 4,
  topology(input, output, counted) {
    const builder = new StreamsBuilder(text);
    const words = builder.stream(input).flatMapValues((line) => line.split(" ").filter(Boolean));
    const byWord = words.selectKey((_, word) => word, { key: serdes.string });
    const grouped = byWord.repartition({ name: "words", partitions: 1 }).peek(counted).groupByKey();
    grouped.count({ store: "counts" }).toStream().to(output, { value: long });
    return builder.build();
  },
};

export const workloads: readonly Workload[] = [stateless, count, window, wordcount];
