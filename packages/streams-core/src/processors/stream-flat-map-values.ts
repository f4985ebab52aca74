import { StreamRecord } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier } from "../model/index.js";
import type { ValueKeyFunction } from "./functions.js";
import { NullResultError } from "./null-result-error.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamFlatMapValues<K, V, V2> implements Processor<K, V, K, V2> {
  readonly #mapper: ValueKeyFunction<V, K, Iterable<V2>>;
  #context!: NodeContext;

  constructor(mapper: ValueKeyFunction<V, K, Iterable<V2>>) {
    this.#mapper = mapper;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const values = this.#mapper(record.value, record.key, context.recordContext);
    if (values === null) throw new NullResultError(context.nodeName, "mapper", "an iterable of values, [] for none");
    if (values === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    for (const value of values) {
      if (value === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
      context.emit(new StreamRecord(record.key, value, record.timestamp, record.headers));
    }
  }
}

/** Any number of values for one, under the same key, in the order of the iterable. */
export function streamFlatMapValues<K, V, V2>(
  mapper: ValueKeyFunction<V, K, Iterable<V2>>,
): ProcessorSupplier<K, V, K, V2> {
  return { get: () => new StreamFlatMapValues(mapper) };
}
