import { StreamsError } from "../model/index.js";
import type {
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  NodeContext,
  Processor,
  ProcessorSupplier,
  StreamRecord,
} from "../model/index.js";
import { requireNewInstances } from "./user-processor.js";

/** What users may give where a processor of values is wanted. */
export type FixedKeyProcessorFactory<K = unknown, VIn = unknown, VOut = unknown> =
  | FixedKeyProcessorSupplier<K, VIn, VOut>
  | (() => FixedKeyProcessor<K, VIn, VOut>);

class FixedKeyAdapter<K, VIn, VOut> implements Processor<K, VIn, K, VOut> {
  readonly #processor: FixedKeyProcessor<K, VIn, VOut>;
  #context!: NodeContext;
  #key: K | undefined;
  #processing = false;

  constructor(processor: FixedKeyProcessor<K, VIn, VOut>) {
    this.#processor = processor;
  }

  init(context: NodeContext): void {
    this.#context = context;
    const fixed = Object.create(context, {
      forward: {
        value: (record: StreamRecord<K, VOut>, childName?: string) => {
          this.#forward(record, childName);
        },
      },
    }) as FixedKeyProcessorContext<K, VOut>;
    this.#processor.init?.(fixed);
  }

  process(record: StreamRecord<K, VIn>): void {
    this.#key = record.key;
    this.#processing = true;
    this.#processor.process(record);
    this.#processing = false;
  }

  close(): void {
    this.#processor.close?.();
  }

  #forward(record: StreamRecord<K, VOut>, childName?: string): void {
    if (this.#processing && record.key !== this.#key) {
      throw new StreamsError(
        `${this.#context.nodeName} processes values and forwarded a record with another key. Use process() to change keys.`,
      );
    }
    if (childName === undefined) this.#context.emit(record);
    else this.#context.forward(record, childName);
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
  };
}
