import { StreamRecord } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier } from "../model/index.js";
import type { KeyValueFunction, KeyValuePair } from "./functions.js";
import { NullResultError } from "./null-result-error.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamFlatMap<K, V, K2, V2> implements Processor<K, V, K2, V2> {
  readonly #mapper: KeyValueFunction<K, V, Iterable<KeyValuePair<K2, V2>>>;
  #context!: NodeContext;

  constructor(mapper: KeyValueFunction<K, V, Iterable<KeyValuePair<K2, V2>>>) {
    this.#mapper = mapper;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const pairs = this.#mapper(record.key, record.value, context.recordContext);
    if (pairs === null)
      throw new NullResultError(context.nodeName, "mapper", "an iterable of [key, value] pairs, [] for none");
    if (pairs === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    for (const pair of pairs) {
      if (pair === null) throw new NullResultError(context.nodeName, "mapper", "[key, value] pairs only");
      const key = pair?.[0];
      const value = pair?.[1];
      if (key === undefined || value === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
      context.emit(new StreamRecord(key, value, record.timestamp, record.headers));
    }
  }
}

/** Any number of records for one, in the order of the iterable. */
export function streamFlatMap<K, V, K2, V2>(
  mapper: KeyValueFunction<K, V, Iterable<KeyValuePair<K2, V2>>>,
): ProcessorSupplier<K, V, K2, V2> {
  return { get: () => new StreamFlatMap(mapper) };
}
