import type { NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamFilter<K, V> implements Processor<K, V, K, V> {
  readonly #predicate: KeyValueFunction<K, V, boolean>;
  readonly #negate: boolean;
  #context!: NodeContext;

  constructor(predicate: KeyValueFunction<K, V, boolean>, negate: boolean) {
    this.#predicate = predicate;
    this.#negate = negate;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const matches = this.#predicate(record.key, record.value, context.recordContext);
    if (matches === undefined) throw new UndefinedResultError(context.nodeName, "predicate");
    if (Boolean(matches) !== this.#negate) context.emit(record);
  }
}

/** Passes on the records the predicate holds for; with `negate` the others. Sees null keys and values. */
export function streamFilter<K, V>(
  predicate: KeyValueFunction<K, V, boolean>,
  negate: boolean,
): ProcessorSupplier<K, V, K, V> {
  return { get: () => new StreamFilter(predicate, negate) };
}
