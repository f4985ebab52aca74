import { StreamsError } from "../model/index.js";
import type {
  Cancellable,
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  NodeContext,
  Processor,
  ProcessorSupplier,
  PunctuationOptions,
  RecordMetadata,
  StateStore,
  StreamRecord,
} from "../model/index.js";
import { requireNewInstances } from "./user-processor.js";

/** What users may give where a processor of values is wanted. */
export type FixedKeyProcessorFactory<K = unknown, VIn = unknown, VOut = unknown> =
  FixedKeyProcessorSupplier<K, VIn, VOut> | (() => FixedKeyProcessor<K, VIn, VOut>);

/** The node's context, with the key held fast. */
class FixedKeyContext<K, VOut> implements FixedKeyProcessorContext<K, VOut> {
  readonly #context: NodeContext;
  /** The record whose key must stay; null outside of `process`, where there is no such key. */
  current: StreamRecord<K, unknown> | null = null;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  get applicationId(): string {
    return this.#context.applicationId;
  }

  get taskId(): string {
    return this.#context.taskId;
  }

  forward<V extends VOut>(record: StreamRecord<K, V>, childName?: string): void {
    if (this.current !== null && record.key !== this.current.key) {
      throw new StreamsError(
        `${this.#context.nodeName} processes values and forwarded a record with another key. Use process() to change keys.`,
      );
    }
    if (childName === undefined) this.#context.emit(record);
    else this.#context.forward(record, childName);
  }

  schedule(options: PunctuationOptions, callback: (timestampMs: number) => void): Cancellable {
    return this.#context.schedule(options, callback);
  }

  commit(): void {
    this.#context.commit();
  }

  recordMetadata(): RecordMetadata | null {
    return this.#context.recordMetadata();
  }

  currentStreamTimeMs(): number {
    return this.#context.currentStreamTimeMs();
  }

  currentSystemTimeMs(): number {
    return this.#context.currentSystemTimeMs();
  }

  getStateStore<S extends StateStore>(name: string): S {
    return this.#context.getStateStore<S>(name);
  }
}

class FixedKeyAdapter<K, VIn, VOut> implements Processor<K, VIn, K, VOut> {
  readonly #processor: FixedKeyProcessor<K, VIn, VOut>;
  #context!: FixedKeyContext<K, VOut>;

  constructor(processor: FixedKeyProcessor<K, VIn, VOut>) {
    this.#processor = processor;
  }

  init(context: NodeContext): void {
    this.#context = new FixedKeyContext<K, VOut>(context);
    this.#processor.init?.(this.#context);
  }

  process(record: StreamRecord<K, VIn>): void {
    this.#context.current = record;
    try {
      this.#processor.process(record);
    } finally {
      this.#context.current = null;
    }
  }

  close(): void {
    this.#processor.close?.();
  }
}

/** Wraps a processor that may not change keys (K2): forwarding another key while processing a record throws. */
export function fixedKeyProcessor<K, VIn, VOut>(
  factory: FixedKeyProcessorFactory<K, VIn, VOut>,
): ProcessorSupplier<K, VIn, K, VOut> {
  const supplier = typeof factory === "function" ? { get: factory } : factory;
  requireNewInstances(supplier);
  return {
    get: () => new FixedKeyAdapter(supplier.get()),
    stores: () => supplier.stores?.() ?? [],
    serdes: (applicationId) => supplier.serdes?.(applicationId) ?? [],
  };
}
