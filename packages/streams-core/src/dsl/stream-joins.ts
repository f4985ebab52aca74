import type { RecordContext } from "../model/index.js";
import type { GlobalKTable } from "./global-k-table.js";
import type { KStream } from "./k-stream.js";
import type { KTable } from "./k-table.js";
import type { OuterStreamJoinOptions, StreamStreamJoinOptions } from "./stream-stream-join-options.js";
import type { GlobalTableJoinOptions, StreamTableJoinOptions } from "./join-options.js";

type NN<T> = NonNullable<T>;

/** The verbs that join a stream. Joiners see (left, right, key, context). */
export interface StreamJoins<K, V> {
  /**
   * Joins two streams: records of one key whose times are at most `timeDifferenceMs` apart, each pair once, when the
   * later one arrives, with the greater time of the two and the later one's headers (J1, T5). Null keys and null values
   * are dropped and counted. Streams whose key may have changed are repartitioned, through topics named
   * `<name>-left-repartition` and `<name>-right-repartition`; both topics must have equal partition counts. Keeps the
   * key's serde, drops the value's.
   *
   * ```text
   * timeDifferenceMs 10
   * orders    7=A@0          8=B@5
   * payments          7=P@3          8=Q@20
   * result            7=A+P@3
   * ```
   *
   * @example
   * orders.join(payments, (order, payment) => ({ ...order, paid: payment.amount }), { timeDifferenceMs: 60_000 });
   */
  join<V2, R>(
    other: KStream<K, V2>,
    joiner: (left: NN<V>, right: NN<V2>, key: NN<K>, context: RecordContext) => R,
    options: StreamStreamJoinOptions<NN<K>, NN<V>, NN<NoInfer<V2>>, NoInfer<R>>,
  ): KStream<NN<K>, R>;
  /**
   * Joins each record with the row of its key in a table, as it is at that moment; of a versioned table, as it was at the
   * record's time (J17). Only the stream's records give results, with their own timestamp. Records without a row give
   * none; null keys and null values are dropped and counted (J16). Repartitions if marked, through a topic named
   * `<name>-repartition`; both topics must have equal partition counts. Keeps the key's serde, drops the value's.
   *
   * ```
   * users          ann=Kiel@5             ann=null@6
   * orders  ann=A@1           ann=B@3               ann=C@7
   * result                    B in Kiel@3
   * ```
   *
   * @example
   * orders.join(users, (order, user) => ({ ...order, city: user.city }), { value: serdes.json<Shipment>() });
   */
  join<V2, R>(
    table: KTable<NN<K>, V2>,
    joiner: (value: NN<V>, row: V2, key: NN<K>, context: RecordContext) => R,
    options?: StreamTableJoinOptions<NN<K>, NN<V>, NoInfer<R>>,
  ): KStream<NN<K>, R>;
  /**
   * Joins each record with the row of a global table that `on` names. Needs no repartitioning and keeps the stream's key
   * and mark. A record whose `on` gives null is dropped and counted, as are null values; null keys are not. `on` sees no
   * null values; keep it pure.
   *
   * ```
   * countries      de=Germany@1          de=null@6
   * orders  7=de@0             8=de@5            9=de@7
   * result                     8=Germany@5
   * ```
   *
   * @example
   * orders.join(countries, (order, country) => ({ ...order, country: country.name }), {
   *   on: (_, order) => order.countryCode,
   * });
   */
  join<K2, V2, R>(
    table: GlobalKTable<K2, V2>,
    joiner: (value: NN<V>, row: V2, key: K, context: RecordContext) => R,
    options: GlobalTableJoinOptions<K, NN<V>, NoInfer<K2>, NoInfer<R>>,
  ): KStream<K, R>;
  /**
   * As `join` with a stream, but records of this stream that meet nobody go on, too, joined with null: once stream time is
   * past their window and its grace (J3, J5), or at once where that is the case already (J4). So do those with a null key
   * (KIP-962).
   *
   * ```text
   * timeDifferenceMs 10
   * orders    7=A@0          8=B@5           9=C@30
   * payments          7=P@3          8=Q@20
   * result            7=A+P@3        8=B@5
   * ```
   */
  leftJoin<V2, R>(
    other: KStream<K, V2>,
    joiner: (left: NN<V>, right: NN<V2> | null, key: K, context: RecordContext) => R,
    options: OuterStreamJoinOptions<NN<K>, NN<V>, NN<NoInfer<V2>>, NoInfer<R>>,
  ): KStream<K, R>;
  /**
   * As `join` with a table, but records without a row go on, too, joined with null. So do those with a null key (KIP-962);
   * null values are dropped and counted.
   *
   * ```
   * users          ann=Kiel@5             ann=null@6
   * orders  ann=A@1           ann=B@3               ann=C@7
   * result  A@1               B in Kiel@3           C@7
   * ```
   */
  leftJoin<V2, R>(
    table: KTable<NN<K>, V2>,
    joiner: (value: NN<V>, row: V2 | null, key: K, context: RecordContext) => R,
    options?: StreamTableJoinOptions<K, NN<V>, NoInfer<R>>,
  ): KStream<K, R>;
  /** As `join` with a global table, but records without a row go on, too, joined with null, also where `on` gives null. */
  leftJoin<K2, V2, R>(
    table: GlobalKTable<K2, V2>,
    joiner: (value: NN<V>, row: V2 | null, key: K, context: RecordContext) => R,
    options: GlobalTableJoinOptions<K, NN<V>, NoInfer<K2>, NoInfer<R>>,
  ): KStream<K, R>;
  /**
   * As `leftJoin` with a stream, for the records of both.
   *
   * ```text
   * timeDifferenceMs 10, emitIntervalMs 0
   * orders    7=A@0          8=B@5           9=C@40
   * payments          7=P@3          8=Q@20
   * result            7=A+P@3        8=B@5   8=Q@20
   * ```
   */
  outerJoin<V2, R>(
    other: KStream<K, V2>,
    joiner: (left: NN<V> | null, right: NN<V2> | null, key: K, context: RecordContext) => R,
    options: OuterStreamJoinOptions<NN<K>, NN<V>, NN<NoInfer<V2>>, NoInfer<R>>,
  ): KStream<K, R>;
}
