import { serdes, StreamsBuilder, windows, type KStream, type KTable, type Serde, type Windowed } from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;

interface Click {
  readonly page: string;
  readonly ms: number;
}

const builder = new StreamsBuilder();
const clicks = builder.stream("clicks", { key: serdes.nullable(serdes.string), value: serdes.json<Click>() });
const grouped = clicks.groupByKey();
const tumbling = grouped.windowedBy(windows.tumbling({ sizeMs: 10 }));
const sliding = grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10, graceMs: 5 }));
const session = grouped.windowedBy(windows.session({ inactivityGapMs: 5 }), { emit: "onWindowClose" });

// The keys of windowed tables are windowed, and never null.
const counts = tumbling.count({ store: "counts", key: serdes.string, retentionMs: 100 });
same<Equal<typeof counts, KTable<Windowed<string>, number>>>();
const last = sliding.reduce((_, click) => click, { value: serdes.json<Click>() });
same<Equal<typeof last, KTable<Windowed<string>, Click>>>();
const pages = session.aggregate({
  init: () => [] as string[],
  add: (_, click, list) => [...list, click.page],
  merge: (_, left, right) => [...left, ...right],
  value: serdes.list(serdes.string),
});
same<Equal<typeof pages, KTable<Windowed<string>, string[]>>>();

// A chain through a window without an annotation.
const perPage = clicks
  .groupBy((_, click) => click.page, { key: serdes.string })
  .windowedBy(windows.hopping({ sizeMs: 60_000, advanceMs: 10_000 }))
  .aggregate({ init: () => 0, add: (_, click, total) => total + click.ms, value: serdes.double })
  .mapValues((total) => ({ total }))
  .toStream()
  .selectKey((window) => `${window.key}@${window.startMs}`)
  .mapValues((row) => row?.total ?? 0);
same<Equal<typeof perPage, KStream<string, number>>>();

// Windowed keys have their serdes.
const windowedKey = serdes.timeWindowed(serdes.string, 10);
same<Equal<typeof windowedKey, Serde<Windowed<string>>>>();
counts.toStream().to("counts", { key: windowedKey, value: serdes.nullable(serdes.long) });

// A cogroup's aggregate is of the type its initializer gives; each stream has its own values.
const orders = builder.stream("orders", { key: serdes.string, value: serdes.double });
const balances = grouped
  .cogroup({ init: () => ({ ms: 0, paid: 0 }), add: (_, click, sum) => ({ ...sum, ms: sum.ms + click.ms }) })
  .cogroup(orders.groupByKey(), (_, amount, sum) => ({ ...sum, paid: sum.paid + amount }));
const plain = balances.aggregate({ store: "balances" });
same<Equal<typeof plain, KTable<string, { ms: number; paid: number }>>>();
const windowed = balances.windowedBy(windows.tumbling({ sizeMs: 10 })).aggregate();
same<Equal<typeof windowed, KTable<Windowed<string>, { ms: number; paid: number }>>>();
const bySession = balances
  .windowedBy(windows.session({ inactivityGapMs: 5 }))
  .aggregate({ merge: (_, left, right) => ({ ms: left.ms + right.ms, paid: left.paid + right.paid }) });
same<Equal<typeof bySession, KTable<Windowed<string>, { ms: number; paid: number }>>>();

// @ts-expect-error -- sessions need to know how two become one
session.aggregate({ init: () => 0, add: (_, click, total) => total + click.ms });
// @ts-expect-error -- so do sessions of a cogroup
balances.windowedBy(windows.session({ inactivityGapMs: 5 })).aggregate();
// @ts-expect-error -- the aggregator forgets to return
tumbling.aggregate({ init: () => [] as string[], add: (_, click, list) => void list.push(click.page) });
// @ts-expect-error -- the table's key is windowed
counts.toStream().to("out", { key: serdes.string });
// @ts-expect-error -- the store's key is not
tumbling.count({ key: windowedKey });
// @ts-expect-error -- streams of other keys cannot be grouped together
balances.cogroup(orders.groupBy((_, amount) => amount).cogroup, (_, amount, sum) => sum);
// @ts-expect-error -- hopping windows say how far they advance
windows.hopping({ sizeMs: 10 });
