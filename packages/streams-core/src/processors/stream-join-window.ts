import type { NodeContext, Processor, ProcessorSupplier, StreamRecord, WindowStore } from "../model/index.js";

class StreamJoinWindow<K, V> implements Processor<K | null, V | null, K | null, V | null> {
  readonly #storeName: string;
  #context!: NodeContext;
  #store!: WindowStore<K, V>;

  constructor(storeName: string) {
    this.#storeName = storeName;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = context.getStateStore<WindowStore<K, V>>(this.#storeName);
  }

  // The record looks for partners first, so that a record of a self-join does not meet itself twice (J1).
  process(record: StreamRecord<K | null, V | null>): void {
    this.#context.emit(record);
    const { key } = record;
    if (key !== null) this.#store.put(key, record.value, record.timestamp);
  }
}

/** Passes each record on to its side of a stream-stream join, then keeps it for the other side to find. */
export function streamJoinWindow<K, V>(storeName: string): ProcessorSupplier<K | null, V | null, K | null, V | null> {
  return { get: () => new StreamJoinWindow<K, V>(storeName) };
}
