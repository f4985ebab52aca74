import type { RecordContext } from "../model/index.js";
import type { ForeignKeyJoinOptions, TableJoinOptions } from "./join-options.js";
import type { KTable } from "./k-table.js";

type NN<T> = NonNullable<T>;

/**
 * The verbs that join tables by key. An update of either side gives a row of the result, with the greater timestamp of
 * both rows (J9). A joiner that gives null deletes the row. Of versioned tables only the latest versions are joined:
 * out-of-order updates are dropped and counted (J10). Both topics must have equal partition counts. Keeps the key's serde,
 * drops the value's.
 */
export interface TableJoins<K, V> {
  /**
   * Rows of this table that have one in the other under the key that `on` finds: many rows may refer to one. The result's
   * timestamp is the greater of both rows'. A row that stops having a match, or never had one, may give a tombstone nobody
   * waits for (J13). The tables' topics may have different partition counts. Needs this table's value serde and both of the
   * other's, which must always write the same bytes for a value (J12).
   *
   * ```
   * left   a={p,1}@1           b={p,2}@3           b={q,2}@5
   * right             p=P1@2            p=P2@4
   * result            a={1,P1}@2 b={2,P1}@3  a={1,P2}@4 b={2,P2}@4  b=null@5
   * ```
   *
   * @example
   * invoices.join(users, (order, user) => ({ ...order, city: user.city }), { on: (order) => order.customer });
   */
  join<K2, V2, R>(
    other: KTable<K2, V2>,
    joiner: (left: V, right: V2, key: K, context: RecordContext) => R,
    options: ForeignKeyJoinOptions<K, V, K2, NN<NoInfer<R>>>,
  ): KTable<K, NN<R>>;
  /**
   * Rows of the keys that both tables have.
   *
   * ```
   * left   a=L1@1           a=L2@5
   * right           a=R1@2           a=null@6
   * result          L1+R1@2 L2+R1@5  null@6
   * ```
   *
   * @example
   * users.join(accounts, (user, account) => ({ ...user, balance: account.balance }));
   */
  join<V2, R>(
    other: KTable<K, V2>,
    joiner: (left: V, right: V2, key: K, context: RecordContext) => R,
    options?: TableJoinOptions<K, NN<NoInfer<R>>>,
  ): KTable<K, NN<R>>;
  /**
   * Rows of this table; `right` is null where the other has none under the key that `on` finds. Else as `join` with `on`.
   *
   * ```
   * left   a={p,1}@1               a=null@3
   * right              p=P1@2
   * result a={1,-}@1   a={1,P1}@2  a=null@3
   * ```
   */
  leftJoin<K2, V2, R>(
    other: KTable<K2, V2>,
    joiner: (left: V, right: V2 | null, key: K, context: RecordContext) => R,
    options: ForeignKeyJoinOptions<K, V, K2, NN<NoInfer<R>>>,
  ): KTable<K, NN<R>>;
  /**
   * Rows of the keys that this table has; `right` is null where the other has none.
   *
   * ```
   * left   a=L1@1           a=L2@5             a=null@7
   * right           a=R1@2           a=null@6
   * result L1@1     L1+R1@2 L2+R1@5  L2@6      null@7
   * ```
   */
  leftJoin<V2, R>(
    other: KTable<K, V2>,
    joiner: (left: V, right: V2 | null, key: K, context: RecordContext) => R,
    options?: TableJoinOptions<K, NN<NoInfer<R>>>,
  ): KTable<K, NN<R>>;
  /**
   * Rows of the keys that one of the tables has; the side that has none is null, never both.
   *
   * ```
   * left           a=L1@2            a=null@6
   * right  a=R1@1           a=R2@5             a=null@7
   * result R1@1    L1+R1@2  L1+R2@5  R2@6      null@7
   * ```
   */
  outerJoin<V2, R>(
    other: KTable<K, V2>,
    joiner: (left: V | null, right: V2 | null, key: K, context: RecordContext) => R,
    options?: TableJoinOptions<K, NN<NoInfer<R>>>,
  ): KTable<K, NN<R>>;
}
