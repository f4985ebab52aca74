import type { NodeContext, Processor, ProcessorSupplier, StreamJoinBuffer, StreamRecord } from "../model/index.js";
import { StreamTableJoin, type StreamTableJoinOptions } from "./stream-table-join.js";

/** A join whose records wait in the buffer of that name. */
export interface WaitingStreamTableJoinOptions<K, V, R, V2> extends StreamTableJoinOptions<K, V, R, V2> {
  readonly buffer: string;
}

class WaitingStreamTableJoin<K, V, R, V2> implements Processor<K, V | null, K, V2> {
  readonly #join: StreamTableJoin<K, V, R, V2>;
  readonly #bufferName: string;
  #context!: NodeContext;
  #buffer!: StreamJoinBuffer<K, V>;

  constructor(options: WaitingStreamTableJoinOptions<K, V, R, V2>) {
    this.#join = new StreamTableJoin(options);
    this.#bufferName = options.buffer;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#join.init(context);
    this.#buffer = context.getStateStore<StreamJoinBuffer<K, V>>(this.#bufferName);
  }

  process(record: StreamRecord<K, V | null>): void {
    // No row will ever come for a record without a key, and what cannot be joined is dropped at once.
    const waits = record.key !== null && isJoinable(record);
    if (!waits || !this.#buffer.put(record, this.#context.recordContext)) {
      this.#join.process(record);
      return;
    }
    this.#buffer.evictDue((due, origin) => this.#join.processFrom(origin, due));
  }
}

function isJoinable<K, V>(record: StreamRecord<K, V | null>): record is StreamRecord<K, V> {
  return record.value !== null;
}

/**
 * `streamTableJoin` whose records wait until stream time is the grace period past their own (J18, KIP-923). Those that
 * come later than that are joined at once.
 *
 * ```
 * grace 10
 * table   a=T1@5         a=T2@8
 * stream         a=S1@10        b=S2@20
 * result                        S1+T2@10
 * ```
 */
export function waitingStreamTableJoin<K, V, R, V2>(
  options: WaitingStreamTableJoinOptions<K, V, R, V2>,
): ProcessorSupplier<K, V | null, K, V2> {
  return { get: () => new WaitingStreamTableJoin(options) };
}
