import type { Headers } from "./headers.js";

/**
 * Turns values into bytes and back. Synchronous. `null` never reaches it: a null key or value is Kafka's null.
 * Method syntax on purpose: function properties would break type inference.
 */
export interface Serde<T> {
  /** Shown in errors, e.g. `string`. */
  readonly name: string;
  serialize(topic: string, value: T, headers?: Headers): Uint8Array;
  /** `bytes` may be a view on a larger buffer that is reused: keep nothing of it without copying. */
  deserialize(topic: string, bytes: Uint8Array, headers?: Headers): T;
  /**
   * Fast path of `deserialize`, for serdes that can read `buffer[start, end)` without a view being made first.
   * Must give the same value.
   */
  read?(buffer: Uint8Array, start: number, end: number): T;
  /** The serde to use for keys, where it differs: equal keys must have equal bytes. See `keySerdeOf`. */
  forKeys?(): Serde<T>;
  /** Of a serde made of others: these. Apps open and close them instead of it; its own `open` is for programs without an app. */
  readonly parts?: readonly Serde<unknown>[];
  /**
   * Called before the first record, and again before a task takes over stores that others may have written meanwhile: the
   * place to register a schema. `serialize` and `deserialize` may still need to learn something elsewhere, a schema by its id:
   * they throw an UnpreparedError, and are called again when it has been awaited.
   */
  open?(context: SerdeContext): Promise<void>;
  close?(): Promise<void>;
}

export interface SerdeContext {
  readonly applicationId: string;
  readonly isKey: boolean;
  /** Real names of the topics it will write, changelogs included, as far as they are known. */
  readonly topics: readonly string[];
  /** Those of `topics` whose records are rows of stores: what was written to them so far is to be readable once it is open. */
  readonly storedTopics: readonly string[];
}
