import { serdes, StreamsBuilder, type KStream } from "../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;

interface Order {
  readonly total: number;
}
interface Payment {
  readonly amount: number;
}

const builder = new StreamsBuilder();
const orders = builder.stream("orders", { key: serdes.string, value: serdes.json<Order>() });
const payments = builder.stream("payments", { key: serdes.string, value: serdes.json<Payment>() });
const keyless = builder.stream("orders-2", { key: serdes.nullable(serdes.string), value: serdes.json<Order>() });
const holed = builder.stream("payments-2", {
  key: serdes.nullable(serdes.string),
  value: serdes.nullable(serdes.json<Payment>()),
});
const window = { timeDifferenceMs: 1000 };

// Inner: both sides are there.
const inner = orders.join(payments, (order, payment, id) => ({ id, open: order.total - payment.amount }), window);
same<Equal<typeof inner, KStream<string, { id: string; open: number }>>>();

// Left: the right side may be missing.
const left = orders.leftJoin(payments, (order, payment) => order.total - (payment?.amount ?? 0), window);
same<Equal<typeof left, KStream<string, number>>>();
orders.leftJoin(
  payments,
  (order, payment) =>
    // @ts-expect-error the payment may be null
    order.total - payment.amount,
  window,
);

// Outer: either may be missing.
const outer = orders.outerJoin(payments, (order, payment) => [order, payment] as const, window);
same<Equal<typeof outer, KStream<string, readonly [Order | null, Payment | null]>>>();
orders.outerJoin(
  payments,
  (order) =>
    // @ts-expect-error the order may be null
    order.total,
  window,
);

// Null keys and values never reach an inner joiner; null keys reach the others (KIP-962).
const ofKeyless = keyless.join(holed, (order, payment, id) => id.length + order.total + payment.amount, window);
same<Equal<typeof ofKeyless, KStream<string, number>>>();
const ofKeylessLeft = keyless.leftJoin(holed, (order, payment, id) => [id, order.total, payment] as const, window);
same<Equal<typeof ofKeylessLeft, KStream<string | null, readonly [string | null, number, Payment | null]>>>();

// What follows is typed by the joiner alone.
const chain = outer.filter((_, [order]) => order !== null).mapValues(([, payment]) => payment?.amount ?? 0);
same<Equal<typeof chain, KStream<string, number>>>();

// @ts-expect-error a join of streams needs its window
orders.join(payments, (order) => order.total);
// @ts-expect-error the time difference is not optional
orders.join(payments, (order) => order.total, { graceMs: 5 });
// @ts-expect-error another serde than that of the right values
orders.join(payments, (order) => order.total, { ...window, rightValue: serdes.string });
// @ts-expect-error an inner join has no unmatched records
orders.join(payments, (order) => order.total, { ...window, unmatchedOnTime: true });
// @ts-expect-error a wrong serde for the result
orders.join(payments, (order) => order.total, { ...window, value: serdes.string });
