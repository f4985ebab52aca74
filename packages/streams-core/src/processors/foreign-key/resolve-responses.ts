import type {
  NodeContext,
  Processor,
  ProcessorSupplier,
  RecordContext,
  Serde,
  StreamRecord,
  TableView,
  TableViewSupplier,
} from "../../model/index.js";
import { murmur3 } from "../../serde/murmur3.js";
import { UndefinedResultError } from "../undefined-result-error.js";
import { subscriptionTopics } from "./subscription-topics.js";
import { sameBytes, type SubscriptionResponse } from "./subscription.js";

/** Makes a row of the result; null: there is none. `right` is null in left joins only. */
export type ForeignKeyJoiner<K, L, R, V> = (left: L, right: R | null, key: K, context: RecordContext) => V | null;

export interface ResolveResponsesOptions<K, L, R, V> {
  /** The left table's rows. */
  readonly table: TableViewSupplier<K, L>;
  readonly value: Serde<L>;
  /** The subscription topic, without the application's prefix. */
  readonly topic: string;
  readonly joiner: ForeignKeyJoiner<K, L, R, V>;
  /** Whether rows without a match are in the result. */
  readonly left: boolean;
}

class ResolveResponses<K, L, R, V> implements Processor<K, SubscriptionResponse<R>, K, V | null> {
  readonly #options: ResolveResponsesOptions<K, L, R, V>;
  #context!: NodeContext;
  #table!: TableView<K, L>;
  #hashTopic = "";

  constructor(options: ResolveResponsesOptions<K, L, R, V>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#table = this.#options.table.open(context);
    this.#hashTopic = subscriptionTopics(context.applicationId, this.#options.topic).valueHash;
  }

  process(record: StreamRecord<K, SubscriptionResponse<R>>): void {
    const { key, value: response, headers } = record;
    const row = this.#table.get(key);
    const hash = row === null ? null : murmur3(this.#options.value.serialize(this.#hashTopic, row.value, headers));
    if (!sameBytes(hash, response.hash)) {
      this.#context.dropRecord("an answer to a row that has changed since, whose own answer follows");
      return;
    }
    const joins = row !== null && (response.value !== null || this.#options.left);
    this.#context.emit(record.withValue(joins ? this.#join(row.value, response.value, key) : null));
  }

  #join(left: L, right: R | null, key: K): V | null {
    const { recordContext, nodeName } = this.#context;
    const value = this.#options.joiner(left, right, key, recordContext);
    if (value === undefined) throw new UndefinedResultError(nodeName, "joiner");
    return value;
  }
}

/**
 * The other end of a foreign-key join: joins each answer with the left row it is for. An answer to a row that has
 * changed since is dropped and counted (J12): by its hash, so that serdes must always write the same bytes for a value.
 */
export function resolveResponses<K, L, R, V>(
  options: ResolveResponsesOptions<K, L, R, V>,
): ProcessorSupplier<K, SubscriptionResponse<R>, K, V | null> {
  return {
    get: () => new ResolveResponses(options),
    serdes(applicationId) {
      const { valueHash } = subscriptionTopics(applicationId, options.topic);
      return [{ serde: options.value as Serde<unknown>, isKey: false, topic: valueHash, stored: false }];
    },
  };
}
