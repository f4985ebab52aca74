import {
  serdes,
  StreamsBuilder,
  versionedStore,
  windows,
  type GlobalKTable,
  type KStream,
  type KTable,
  type Windowed,
} from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;

interface Order {
  readonly customer: string;
  readonly total: number;
}
interface Customer {
  readonly name: string;
}

const builder = new StreamsBuilder();
const orders = builder.stream("orders", { key: serdes.string, value: serdes.json<Order>() });
const maybe = builder.stream("maybe", {
  key: serdes.nullable(serdes.string),
  value: serdes.nullable(serdes.json<Order>()),
});
const customers = builder.table("customers", { key: serdes.string, value: serdes.json<Customer>() });
const totals = builder.table("totals", { key: serdes.string, value: serdes.long });
const countries = builder.globalTable("countries", { key: serdes.long, value: serdes.json<{ code: string }>() });
same<Equal<typeof countries, GlobalKTable<number, { code: string }>>>();

// A stream with a table: inner joins see a row, left joins one or null.
const shipped = orders.join(customers, (order, customer, id) => ({ id, total: order.total, name: customer.name }));
same<Equal<typeof shipped, KStream<string, { id: string; total: number; name: string }>>>();
const listed = orders.leftJoin(customers, (order, customer) => ({ ...order, name: customer?.name ?? null }));
same<Equal<typeof listed, KStream<string, { name: string | null; customer: string; total: number }>>>();

// Null values never reach a joiner; null keys only that of a left join.
const inner = maybe.join(customers, (order, _, key) => `${order.total}${key.length}`);
same<Equal<typeof inner, KStream<string, string>>>();
const left = maybe.leftJoin(customers, (order, _, key) => `${order.total}${key?.length ?? 0}`);
same<Equal<typeof left, KStream<string | null, string>>>();

// A stream with a global table, by a key of another type.
const coded = orders.join(countries, (order, country, id) => [id, country.code, order.total] as const, {
  on: (_, order) => order.total,
});
same<Equal<typeof coded, KStream<string, readonly [string, string, number]>>>();
const maybeCoded = maybe.leftJoin(countries, (_, country) => country?.code ?? "none", {
  on: (key) => key?.length ?? null,
});
same<Equal<typeof maybeCoded, KStream<string | null, string>>>();

// Tables: inner, left, outer.
const both = customers.join(totals, (customer, total, id) => `${id} ${customer.name} ${total.toFixed(0)}`);
same<Equal<typeof both, KTable<string, string>>>();
const everybody = customers.leftJoin(totals, (customer, total) => ({ name: customer.name, total }));
same<Equal<typeof everybody, KTable<string, { name: string; total: number | null }>>>();
const all = customers.outerJoin(totals, (customer, total) => [customer?.name ?? null, total] as const);
same<Equal<typeof all, KTable<string, readonly [string | null, number | null]>>>();
// A joiner's null deletes the row, so that no row is null.
const some = customers.join(totals, (customer, total) => (total > 10 ? customer : null));
same<Equal<typeof some, KTable<string, Customer>>>();

// Windowed tables by window.
const perMinute = () =>
  orders
    .groupByKey()
    .windowedBy(windows.tumbling({ sizeMs: 60_000 }))
    .count();
const ratio = perMinute().join(perMinute(), (one, other) => one / other);
same<Equal<typeof ratio, KTable<Windowed<string>, number>>>();

// Serdes are those of the result, of the key, and of the stream's own values.
orders.join(customers, (order) => order.total, {
  key: serdes.string,
  value: serdes.long,
  leftValue: serdes.json<Order>(),
});
const history = builder.table("history", {
  key: serdes.string,
  value: serdes.string,
  supplier: versionedStore("history", { historyRetentionMs: 1000 }),
});
orders.leftJoin(history, (order, row) => `${order.total}${row}`, { graceMs: 10 });

// @ts-expect-error the row may be missing
orders.leftJoin(customers, (order, customer) => customer.name + order.total);
// @ts-expect-error either side may be missing
customers.outerJoin(totals, (customer, total) => customer.name + total);
// @ts-expect-error the result is a string
orders.join(customers, (order, customer) => customer.name + order.total, { value: serdes.long });
// @ts-expect-error the tables have keys of two types
customers.join(builder.table("numbers", { key: serdes.long, value: serdes.long }), (customer) => customer);
// @ts-expect-error a global table is joined by a key that `on` gives
orders.join(countries, (order) => order);
// @ts-expect-error and of its own type
orders.join(countries, (order) => order, { on: (id) => id });
// @ts-expect-error with a global table no record waits
orders.join(countries, (order) => order, { on: (_, order) => order.total, graceMs: 10 });
// @ts-expect-error a stream cannot be joined outer with a table
orders.outerJoin(customers, (order) => order);
