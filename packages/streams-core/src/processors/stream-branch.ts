import type { NodeContext, Processor, ProcessorSupplier, StreamRecord } from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";
import { UndefinedResultError } from "./undefined-result-error.js";

class StreamBranch<K, V> implements Processor<K, V, K, V> {
  readonly #predicates: readonly KeyValueFunction<K, V, boolean>[];
  readonly #childNames: readonly string[];
  #context!: NodeContext;

  constructor(predicates: readonly KeyValueFunction<K, V, boolean>[], childNames: readonly string[]) {
    this.#predicates = predicates;
    this.#childNames = childNames;
  }

  init(context: NodeContext): void {
    this.#context = context;
  }

  process(record: StreamRecord<K, V>): void {
    const context = this.#context;
    const predicates = this.#predicates;
    let branch = 0;
    for (; branch < predicates.length; branch++) {
      const matches = predicates[branch]!(record.key, record.value, context.recordContext);
      if (matches === undefined) throw new UndefinedResultError(context.nodeName, "predicate");
      if (matches) break;
    }
    const child = this.#childNames[branch];
    if (child !== undefined) context.forward(record, child);
  }
}

/**
 * The first predicate that holds decides (K1): predicate i sends to child i. One more child name than predicates makes
 * the last child the default; without it a record nobody wants goes nowhere.
 */
export function streamBranch<K, V>(
  predicates: readonly KeyValueFunction<K, V, boolean>[],
  childNames: readonly string[],
): ProcessorSupplier<K, V, K, V> {
  return { get: () => new StreamBranch(predicates, childNames) };
}
