import { serdes, StreamsBuilder, type KTable } from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T | undefined => undefined;

interface Order {
  readonly user: number | null;
  readonly total: number;
}
const builder = new StreamsBuilder();
const orders = builder.table("orders", { key: serdes.string, value: serdes.json<Order>() });
const users = builder.table("users", { key: serdes.long, value: serdes.json<{ name: string }>() });
const named = builder.table("names", { key: serdes.string, value: serdes.string });

const joined = orders.join(users, (order, user) => ({ ...user, total: order.total }), { on: (order) => order.user });
same<Equal<typeof joined, KTable<string, { total: number; name: string }>>>();

// The right side is nullable in a left join only.
const left = orders.leftJoin(users, (order, user) => [order.total, user?.name ?? null] as const, {
  on: (order) => order.user,
});
same<Equal<typeof left, KTable<string, readonly [number, string | null]>>>();
// @ts-expect-error the other row may not be there
orders.leftJoin(users, (_, user) => user.name, { on: (order) => order.user });

// A joiner that gives null deletes the row: the table has no nulls.
const picky = orders.join(users, (order, user) => (order.total > 0 ? user.name : null), { on: (order) => order.user });
same<Equal<typeof picky, KTable<string, string>>>();

// `on` sees row, key and context; joiners see the left row's key.
orders.join(named, (order, name, key) => `${order.total}${name}${key.length}`, {
  on: (order, key, context) => (order.total > context.partition ? key : null),
  store: "s",
  value: serdes.string,
});

// Where both keys have one type, `on` decides which join it is.
const byKey = named.join(named, (one, two) => one.length + two.length, { store: "lengths", value: serdes.long });
const byForeignKey = named.join(named, (one, two) => one.length + two.length, {
  on: (name) => name,
  value: serdes.long,
});
same<Equal<typeof byKey, typeof byForeignKey>>();

// @ts-expect-error tables of different keys need `on`
orders.join(users, (order, user) => ({ ...user, total: order.total }));
// @ts-expect-error the other table's keys are numbers
orders.join(users, (order, user) => ({ ...user, total: order.total }), { on: () => "1" });
// @ts-expect-error wrong serde for the result
orders.join(users, (_, user) => user.name, { on: (order) => order.user, value: serdes.long });
// @ts-expect-error there is no outer join by foreign key
orders.outerJoin(users, (_, user) => user?.name ?? "", { on: (order: Order) => order.user });
