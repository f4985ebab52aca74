import type { Change, NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";

class TableToStream<K, V> implements Processor<K, Change<V>, K, V | null> {
  #context!: NodeContext;

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, Change<V>>): void {
    this.#context.emit(record.withValue(record.value.newValue));
  }
}

/** A table's updates as records; a deletion is a null value. */
export function tableToStream<K, V>(): ProcessorSupplier<K, Change<V>, K, V | null> {
  return { get: () => new TableToStream() };
}
