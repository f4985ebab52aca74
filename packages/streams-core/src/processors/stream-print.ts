import type { ProcessorSupplier } from "../model/index.js";
import type { KeyValueFunction } from "./functions.js";
import { streamForEach } from "./stream-peek.js";

export interface StreamPrintOptions<K, V> {
  /** Stands in brackets before each record. */
  readonly label: string;
  /** Text of a record; `key, value` in Kafka Streams. */
  readonly format: KeyValueFunction<K, V, string>;
  /** Takes one line, its line end included. */
  write(line: string): void;
}

/** Writes `[label]: text` per record; the stream ends here. */
export function streamPrint<K, V>(options: StreamPrintOptions<K, V>): ProcessorSupplier<K, V, never, never> {
  return streamForEach((key: K, value: V, context) => {
    options.write(`[${options.label}]: ${options.format(key, value, context)}\n`);
  });
}
