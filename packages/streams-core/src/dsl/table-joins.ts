import type { RecordContext } from "../model/index.js";
import type { TableJoinOptions } from "./join-options.js";
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
