import { serdes, StreamsBuilder, type Topology } from "@millrace/streams-core";
import { Simulation, simulationSeeds, type SimulatedSurroundings } from "@millrace/streams-core/testing";
import { expect, test } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import type { SchemaRegistry } from "../port/schema-registry.js";

const seeds = simulationSeeds(process.env, 200);

interface Count {
  readonly count: number;
}

/** Two versions of the program: instances of both share the work, and each other's stores. */
const versions = [
  [{ name: "count", type: "long" }],
  [
    { name: "count", type: "long" },
    { name: "first", type: "string", default: "" },
  ],
].map((fields) => ({ type: "record", name: "Count", fields }));

/** Counts words, by way of a topic and a store whose rows are Avro; `life` decides which version it is. */
function topology(registry: SchemaRegistry, life: number): Topology {
  const count = avroSerde<Count & { first?: string }>({ registry, schema: versions[life % versions.length]! });
  const word = avroSerde({
    registry,
    schema: { type: "record", name: "Word", fields: [{ name: "text", type: "string" }] },
  });
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("words")
    .mapValues((text) => ({ text }))
    .groupBy((_, { text }) => text, { value: word })
    .aggregate({
      init: () => ({ count: 0 }),
      add: (_, { text }, before): Count & { first?: string } => ({ count: before.count + 1, first: text }),
      value: count,
      store: "counts",
    })
    .toStream()
    .mapValues((row) => row?.count ?? 0)
    .to("out", { value: serdes.long });
  return builder.build();
}

function simulationOf(seed: number, exactlyOnce: boolean): Simulation {
  const registry = inMemoryRegistry();
  let lives = 0;
  return new Simulation({
    ...{ seed, exactlyOnce },
    topology: ({ elsewhere }: SimulatedSurroundings) => topology(elsewhere(registry), lives++),
    topics: ({ partitions }) => ({ words: partitions, out: 1 }),
    input: (chance, { partitions }) => ({
      topic: "words",
      records: Array.from({ length: 1 + chance.below(20) }, () => ({
        ...{ key: null, value: `w${chance.below(8)}`, partition: chance.below(partitions) },
      })),
    }),
  });
}

/** The last count of each word that was written, beside how often it was written. */
async function countsOf(simulation: Simulation): Promise<readonly (readonly [string, number, number])[]> {
  const counts = new Map<string, number>();
  for (const { key, value } of await simulation.records("out")) {
    counts.set(Buffer.from(key!).toString(), serdes.long.deserialize("out", value!));
  }
  const words = new Set(simulation.written.map(({ value }) => value!));
  return [...words].map((word) => {
    const times = simulation.written.filter(({ value }) => value === word).length;
    return [word, counts.get(word) ?? 0, times];
  });
}

test.each(seeds)(
  "exactly-once, seed %i: on a registry that is slow and fails, every word counts once",
  async (seed) => {
    const simulation = simulationOf(seed, true);
    await simulation.run();
    for (const [word, count, times] of await countsOf(simulation)) {
      if (count !== times) throw simulation.failure(`"${word}" was written ${times} times and counted ${count} times.`);
    }
  },
);

test.each(seeds)("at-least-once, seed %i: on a registry that is slow and fails, no word is lost", async (seed) => {
  const simulation = simulationOf(seed, false);
  await simulation.run();
  for (const [word, count, times] of await countsOf(simulation)) {
    if (count < times) throw simulation.failure(`"${word}" was written ${times} times and counted ${count} times.`);
  }
});

test("the same seed gives the same run", async () => {
  const hash = async (): Promise<number> => {
    const simulation = simulationOf(7, true);
    await simulation.run();
    return simulation.trace.hash;
  };
  expect(await hash()).toBe(await hash());
});
