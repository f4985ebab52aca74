import fc from "fast-check";
import { expect, it } from "vitest";
import { serdes, StreamsBuilder, type BuildOptions, type KStream } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { propertyCases } from "../testing/property-cases.js";

const { string } = serdes;
type Stream = KStream<string, string>;

/** A verb on the stream at index `on` of those made so far; aggregations put their rows into a store. */
interface Step {
  readonly verb: "selectKey" | "map" | "filter" | "mapValues" | "merge" | "split" | "count" | "reduce" | "toTable";
  readonly on: number;
  readonly other: number;
}

const step = fc.record<Step>({
  verb: fc.constantFrom("selectKey", "map", "filter", "mapValues", "merge", "split", "count", "reduce", "toTable"),
  on: fc.nat(9),
  other: fc.nat(9),
});
const text = fc.stringMatching(/^[abc]{1,4}$/u);

interface Written {
  readonly stores: readonly string[];
  readonly tables: ReadonlySet<string>;
}

function write(builder: StreamsBuilder<string, string>, steps: readonly Step[]): Written {
  const streams: Stream[] = [builder.stream("in")];
  const stores: string[] = [];
  const tables = new Set<string>();
  for (const { verb, on, other } of steps) {
    const stream = streams[on % streams.length]!;
    const store = `store-${stores.length}`;
    if (verb === "count") stream.groupByKey().count({ store });
    else if (verb === "reduce") stream.groupByKey().reduce(greatestLetters, { store });
    else if (verb === "toTable") stream.toTable({ store });
    else streams.push(...made(verb, stream, streams[other % streams.length]!));
    if (verb === "toTable") tables.add(store);
    if (verb === "count" || verb === "reduce" || verb === "toTable") stores.push(store);
  }
  return { stores, tables };
}

function made(verb: Step["verb"], stream: Stream, other: Stream): Stream[] {
  switch (verb) {
    case "selectKey":
      return [stream.selectKey((_, value) => value.charAt(0))];
    case "map":
      return [stream.map((key, value) => [value, key])];
    case "filter":
      return [stream.filter((key, value) => key.length + value.length > 2)];
    case "mapValues":
      return [stream.mapValues((value) => `${value}c`)];
    case "merge":
      return [stream.merge(other)];
    default:
      return Object.values(stream.split({ a: (_, value) => value.startsWith("a"), rest: () => true }));
  }
}

/** Does not depend on the order of its input: of ways that meet again, another topic on one of them changes it. */
function greatestLetters(letters: string, value: string): string {
  return [...letters, ...value].sort().slice(-9).join("");
}

/** What is in each store after the input; of a table, which keeps the last value of each key, the keys. */
function rows(steps: readonly Step[], input: readonly [string, string][], options: BuildOptions): unknown {
  const builder = new StreamsBuilder({ key: string, value: string });
  const { stores, tables } = write(builder, steps);
  using driver = new TopologyTestDriver(builder.build(options));
  driver.createInputTopic("in", { key: string, value: string }).pipeKeyValueList(input);
  return stores.map((store) =>
    [...driver.getKeyValueStore<string, unknown>(store)!.all()].map(({ key, value }) =>
      tables.has(store) ? [key] : [key, value],
    ),
  );
}

it("merged repartition topics and reused source topics change no row of any store", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 2, maxLength: 12 }),
      fc.array(fc.tuple(text, text), { maxLength: 12 }),
      (steps, input) => {
        expect(rows(steps, input, { optimization: "all" })).toEqual(rows(steps, input, { optimization: "none" }));
      },
    ),
    { numRuns: propertyCases() },
  );
});
