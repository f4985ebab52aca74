import type { FixedKeyProcessorContext, ProcessorContext } from "./context.js";
import type { StreamRecord } from "./record.js";
import type { Serde } from "./serde.js";
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
  /** The serdes that its processors call themselves: apps open and close these with their own. */
  serdes?(applicationId: string): Iterable<ProcessorSerde>;
  /** Of the engine's own operators: how long a commit may have to wait for work that goes on after `process`. */
  readonly longestWaitMs?: number;
}

/** A serde that a processor calls, and the topic it tells it: one, or only the name of one for a registry's subjects. */
export interface ProcessorSerde {
  readonly serde: Serde<unknown>;
  readonly isKey: boolean;
  /** Its real name. */
  readonly topic: string;
  /** Whether what it writes is kept in a store, to be read again. */
  readonly stored: boolean;
}

export interface FixedKeyProcessorSupplier<K = unknown, VIn = unknown, VOut = unknown> {
  get(): FixedKeyProcessor<K, VIn, VOut>;
  stores?(): Iterable<StoreBuilder>;
  /** The serdes that its processors call themselves: apps open and close these with their own. */
  serdes?(applicationId: string): Iterable<ProcessorSerde>;
}
