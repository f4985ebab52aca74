import { StreamRecord } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier } from "../model/index.js";
import type { ValueKeyFunction } from "./functions.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamMapValues<K, V, V2> implements Processor<K, V, K, V2> {
  readonly #mapper: ValueKeyFunction<V, K, V2>;
  #context!: NodeContext;

  constructor(mapper: ValueKeyFunction<V, K, V2>) {
    this.#mapper = mapper;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const value = this.#mapper(record.value, record.key, context.recordContext);
    if (value === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    context.emit(new StreamRecord(record.key, value, record.timestamp, record.headers));
  }
}

/** Another value for the same key; null values are mapped too. */
export function streamMapValues<K, V, V2>(mapper: ValueKeyFunction<V, K, V2>): ProcessorSupplier<K, V, K, V2> {
  return { get: () => new StreamMapValues(mapper) };
}
