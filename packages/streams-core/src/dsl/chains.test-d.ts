import { serdes, StreamsBuilder, type KStream, type KTable } from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;

interface Courier {
  readonly id: string;
  readonly position: { readonly latitude: number; readonly longitude: number };
}
type Event = { readonly type: "a"; readonly x: number } | { readonly type: "b"; readonly y: string };

const builder = new StreamsBuilder();
const couriers = builder.stream("position", { key: serdes.string, value: serdes.json<Courier>() });
const events = builder.stream("events", { key: serdes.string, value: serdes.json<Event>() });
const lines = builder.stream("lines", { key: serdes.nullable(serdes.string), value: serdes.string });

// Twenty verbs without an annotation.
const chain = couriers
  .filter((_, courier) => courier.position.latitude > 0)
  .peek((id, courier) => [id.length, courier.id.length])
  .mapValues((courier) => ({ ...courier, latitude: Math.round(courier.position.latitude) }))
  .filterNot((id, courier) => id === "" || courier.latitude < 1)
  .map((id, courier) => [courier.latitude, id])
  .flatMapValues((id, latitude) => [id, `${id}@${latitude}`])
  .flatMap((latitude, id) => [[{ latitude }, id] as const])
  .selectKey((key, id) => ({ ...key, first: id.charAt(0) }))
  .repartition({ key: serdes.json(), value: serdes.string })
  .groupByKey()
  .aggregate({
    init: () => [] as string[],
    add: (key, id, ids) => (key.latitude > 0 ? [...ids, id] : ids),
    value: serdes.list(serdes.string),
  })
  .mapValues((ids) => ids.length)
  .filter((key, count) => count > 1 && key.first !== "")
  .toStream()
  .mapValues((count) => count ?? 0)
  .selectKey((key) => `${key.first}${key.latitude}`)
  .toTable({ key: serdes.string, value: serdes.long })
  .groupBy((key, count) => [key.length, count], { key: serdes.long, value: serdes.long })
  .reduce({ add: (sum, count) => sum + count, subtract: (sum, count) => sum - count })
  .toStream()
  .mapValues((sum, length) => ({ length, sum }));
same<Equal<typeof chain, KStream<number, { length: number; sum: number | null }>>>();
chain.to("out", { key: serdes.long, value: serdes.json<{ length: number; sum: number | null }>() });

// A tuple, an object and a list come out of `map` as they are.
const mapped = couriers.map((_, courier) => [courier.id, { n: 1, tags: ["a"] }]);
same<Equal<typeof mapped, KStream<string, { n: number; tags: string[] }>>>();

// Grouping leaves nulls out.
const counts = lines
  .flatMapValues((line) => line.toLowerCase().split(/\W+/u).filter(Boolean), { value: serdes.string })
  .groupBy((_, word) => word, { key: serdes.string })
  .count({ store: "word-counts" });
same<Equal<typeof counts, KTable<string, number>>>();
const perKey = lines.groupByKey().count();
same<Equal<typeof perKey, KTable<string, number>>>();
counts.toStream().to("counts", { key: serdes.string, value: serdes.long });

// The builder's defaults type what is read without options.
const typed = new StreamsBuilder({ key: serdes.string, value: serdes.json<Courier>() });
const latitudes = typed.stream("position").mapValues((courier) => courier.position.latitude);
same<Equal<typeof latitudes, KStream<string, number>>>();
const jsonDefaults = new StreamsBuilder({ key: serdes.string, value: serdes.json() });
const byPosition = jsonDefaults
  .stream("position", { value: serdes.json<Courier>() })
  .groupBy((_, courier) => courier.position)
  .count();
same<Equal<typeof byPosition, KTable<{ readonly latitude: number; readonly longitude: number }, number>>>();

// A filter narrows a union, on streams and tables.
const onlyA = events.filter((_, event) => event.type === "a").mapValues((event) => event.x);
same<Equal<typeof onlyA, KStream<string, number>>>();
const tableOfA = events
  .toTable()
  .filter((_, event) => event.type === "a")
  .mapValues((event) => event.x);
same<Equal<typeof tableOfA, KTable<string, number>>>();

// Branches by name, and merges.
const branches = couriers.split({ north: (_, courier) => courier.position.latitude > 45, rest: () => true });
same<Equal<typeof branches.north, KStream<string, Courier>>>();
const merged = couriers.merge(events);
same<Equal<typeof merged, KStream<string, Courier | Event>>>();

// Tables of tables.
const sets = couriers
  .mapValues((courier) => courier.position)
  .groupByKey()
  .reduce((_, position) => position)
  .groupBy((id, position) => [`${position.latitude}`, id], { key: serdes.string, value: serdes.string })
  .aggregate({
    init: () => new Set<string>(),
    add: (_, id, ids) => ids.add(id),
    subtract: (_, id, ids) => {
      ids.delete(id);
      return ids.size > 0 ? ids : null;
    },
  });
same<Equal<typeof sets, KTable<string, Set<string>>>>();
const widened = couriers
  .groupByKey()
  .aggregate({ init: () => 0, add: (_, courier, sum) => sum + courier.position.latitude });
same<Equal<typeof widened, KTable<string, number>>>();

// Every callback may ask for the record's context.
couriers
  .filter((_key, _courier, context) => context.partition === 0)
  .mapValues((_courier, _key, context) => context.headers.length);
couriers.to((id, courier, context) => `${id}-${courier.id}-${context.partition}`);

// A processor types what it forwards by the context it takes.
const processed = couriers.process(() => ({
  init(context: import("../index.js").ProcessorContext<string, number>) {
    void context;
  },
  process() {
    return;
  },
}));
same<Equal<typeof processed, KStream<string, number>>>();

// By rule null never reaches a serde.
lines.to("x", { key: serdes.string });
// A serde factory beside a callback needs its type, or builder defaults.
const withFactory = couriers.mapValues((courier) => ({ lat: courier.position.latitude }), {
  value: serdes.json<{ lat: number }>(),
});
same<Equal<typeof withFactory, KStream<string, { lat: number }>>>();
// Known hole: a mapper that forgets to return compiles; it throws while processing.
const hole = couriers.mapValues((courier) => {
  void courier.id;
});
same<Equal<typeof hole, KStream<string, void>>>();
