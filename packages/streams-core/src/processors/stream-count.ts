import type { Change, ProcessorSupplier } from "../model/index.js";
import { streamAggregate } from "./stream-aggregate.js";

export interface StreamCountOptions {
  readonly store: string;
  readonly sendOldValues: boolean;
}

const zero = (): number => 0;
const increment = (_key: unknown, _value: unknown, count: number): number => count + 1;

/** Counts the records of a key whose value is not null. */
export function streamCount<K, V>(
  options: StreamCountOptions,
): ProcessorSupplier<K | null, V | null, K, Change<number>> {
  return streamAggregate<K, V, number>({ ...options, init: zero, add: increment });
}
