import type { FixedKeyProcessorContext, ProcessorContext } from "./context.js";
import type { StreamRecord } from "./record.js";
import type { StoreBuilder } from "./state-store.js";

/** One instance per task. `process` is synchronous and forwards through the context given to `init`. */
export interface Processor<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> {
  init?(context: ProcessorContext<KOut, VOut>): void;
  process(record: StreamRecord<KIn, VIn>): void;
  close?(): void;
}

export interface FixedKeyProcessor<K = unknown, VIn = unknown, VOut = unknown> {
  init?(context: FixedKeyProcessorContext<K, VOut>): void;
  process(record: StreamRecord<K, VIn>): void;
  close?(): void;
}

/** Makes processors, a new one on every call, and may bring the stores they use. */
export interface ProcessorSupplier<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> {
  get(): Processor<KIn, VIn, KOut, VOut>;
  stores?(): Iterable<StoreBuilder>;
  /** Of the engine's own operators: how long a commit may have to wait for work that goes on after `process`. */
  readonly longestWaitMs?: number;
}

export interface FixedKeyProcessorSupplier<K = unknown, VIn = unknown, VOut = unknown> {
  get(): FixedKeyProcessor<K, VIn, VOut>;
  stores?(): Iterable<StoreBuilder>;
}
