import { StreamRecord } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier } from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamSelectKey<K, V, K2> implements Processor<K, V, K2, V> {
  readonly #selector: KeyValueFunction<K, V, K2>;
  #context!: NodeContext;

  constructor(selector: KeyValueFunction<K, V, K2>) {
    this.#selector = selector;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const key = this.#selector(record.key, record.value, context.recordContext);
    if (key === undefined) throw new UndefinedResultError(context.nodeName, "key selector");
    context.emit(new StreamRecord(key, record.value, record.timestamp, record.headers));
  }
}

/** Another key for the same value; null is a key. */
export function streamSelectKey<K, V, K2>(selector: KeyValueFunction<K, V, K2>): ProcessorSupplier<K, V, K2, V> {
  return { get: () => new StreamSelectKey(selector) };
}
