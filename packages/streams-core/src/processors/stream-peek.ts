import type { NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";

class StreamPeek<K, V> implements Processor<K, V, K, V> {
  readonly #action: KeyValueFunction<K, V, void>;
  readonly #forwards: boolean;
  #context!: NodeContext;

  constructor(action: KeyValueFunction<K, V, void>, forwards: boolean) {
    this.#action = action;
    this.#forwards = forwards;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    this.#action(record.key, record.value, context.recordContext);
    if (this.#forwards) context.emit(record);
  }
}

/** Calls `action` and passes the record on. */
export function streamPeek<K, V>(action: KeyValueFunction<K, V, void>): ProcessorSupplier<K, V, K, V> {
  return { get: () => new StreamPeek(action, true) };
}

/** Calls `action`; the stream ends here. */
export function streamForEach<K, V>(action: KeyValueFunction<K, V, void>): ProcessorSupplier<K, V, never, never> {
  return { get: () => new StreamPeek(action, false) };
}
