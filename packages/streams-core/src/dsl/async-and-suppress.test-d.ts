import { serdes, StreamsBuilder, suppressed, windows, type KStream, type KTable, type Windowed } from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;

interface Courier {
  readonly id: string;
}

const builder = new StreamsBuilder();
const couriers = builder.stream("position", { key: serdes.string, value: serdes.json<Courier>() });

// What a promise resolves to is the result, be there a promise or not.
const names = couriers.mapValuesAsync(async (courier) => courier.id);
same<Equal<typeof names, KStream<string, string>>>();
const lengths = couriers.mapValuesAsync((courier, key, { signal, offset }) =>
  signal.aborted ? offset : key.length + courier.id.length,
);
same<Equal<typeof lengths, KStream<string, number>>>();
const pairs = couriers.mapAsync(async (key, courier) => [courier, key]);
same<Equal<typeof pairs, KStream<Courier, string>>>();
const letters = couriers.flatMapValuesAsync(async (courier) => courier.id.split(""), {
  value: serdes.string,
  order: "key",
});
same<Equal<typeof letters, KStream<string, string>>>();
const nothing = couriers.forEachAsync(async (key, courier) => key + courier.id, { concurrency: 1 });
same<Equal<typeof nothing, void>>();

// @ts-expect-error -- a serde of another type than the promise's
couriers.mapValuesAsync(async (courier) => courier.id, { value: serdes.long });
// @ts-expect-error -- no such order
couriers.forEachAsync(async () => {}, { order: "sometimes" });

// Tables keep their types; windows close where keys are windowed only.
const counts = couriers.groupByKey().count();
const limited = counts.suppress(suppressed.untilTimeLimit({ timeLimitMs: 10, onFull: "shutDown", maxRecords: 5 }));
same<Equal<typeof limited, KTable<string, number>>>();
const windowed = couriers
  .groupByKey()
  .windowedBy(windows.tumbling({ sizeMs: 10 }))
  .count();
const final = windowed.suppress(suppressed.untilWindowCloses({ maxBytes: 1_000 }));
same<Equal<typeof final, KTable<Windowed<string>, number>>>();
const either = windowed.suppress(suppressed.untilTimeLimit({ timeLimitMs: 10 }));
same<Equal<typeof either, KTable<Windowed<string>, number>>>();

// @ts-expect-error -- no windows to close
counts.suppress(suppressed.untilWindowCloses());
// @ts-expect-error -- to emit early would not be final
windowed.suppress(suppressed.untilWindowCloses({ onFull: "emitEarly" }));
