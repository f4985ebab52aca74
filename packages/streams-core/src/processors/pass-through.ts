import type { NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";

class PassThrough<K, V> implements Processor<K, V, K, V> {
  #context!: NodeContext;

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    this.#context.emit(record);
  }
}

class DropNullKeys<K, V> implements Processor<K | null, V, K, V> {
  #context!: NodeContext;

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K | null, V>): void {
    if (record.key !== null) this.#context.emit(record);
  }
}

/** Passes on what comes: merges, branch children, tables that need no work. */
export function passThrough<K, V>(): ProcessorSupplier<K, V, K, V> {
  return { get: () => new PassThrough() };
}

/** The filter before a repartition topic: null keys go nowhere, uncounted (T7). */
export function dropNullKeys<K, V>(): ProcessorSupplier<K | null, V, K, V> {
  return { get: () => new DropNullKeys() };
}
