import { StreamRecord } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier } from "../model/index.js";
import type { KeyValueFunction, KeyValuePair } from "./functions.js";
import { NullResultError } from "./null-result-error.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamMap<K, V, K2, V2> implements Processor<K, V, K2, V2> {
  readonly #mapper: KeyValueFunction<K, V, KeyValuePair<K2, V2>>;
  #context!: NodeContext;

  constructor(mapper: KeyValueFunction<K, V, KeyValuePair<K2, V2>>) {
    this.#mapper = mapper;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const pair = this.#mapper(record.key, record.value, context.recordContext);
    if (pair === null) throw new NullResultError(context.nodeName, "mapper", "a [key, value] pair");
    if (pair === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    const key = pair[0];
    const value = pair[1];
    if (key === undefined || value === undefined) throw new UndefinedResultError(context.nodeName, "mapper");
    context.emit(new StreamRecord(key, value, record.timestamp, record.headers));
  }
}

/** One record for one; timestamp and headers stay. Throws for a mapper that gives null or undefined. */
export function streamMap<K, V, K2, V2>(
  mapper: KeyValueFunction<K, V, KeyValuePair<K2, V2>>,
): ProcessorSupplier<K, V, K2, V2> {
  return { get: () => new StreamMap(mapper) };
}
