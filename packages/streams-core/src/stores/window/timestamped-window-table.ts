import type {
  FlushListener,
  TimestampedWindowStore,
  ValueAndTimestamp,
  Windowed,
  WindowTableStore,
} from "../../model/index.js";
import { WindowReads } from "./window-reads.js";

/** {@link TimestampedWindowStore} for users and {@link WindowTableStore} for operators, over a segmented table. */
export class TimestampedWindowTable<K, V>
  extends WindowReads<K, V, ValueAndTimestamp<V>>
  implements TimestampedWindowStore<K, V>, WindowTableStore<K, V>
{
  put(key: K, row: ValueAndTimestamp<V> | null, startMs: number): void {
    this.table.write(key, startMs, 0, row ?? { value: null, timestamp: -1 });
  }

  write(key: K, startMs: number, value: V | null, timestamp: number): void {
    this.table.write(key, startMs, 0, { value, timestamp });
  }

  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean {
    return this.table.onFlush(listener, sendOldValues);
  }

  protected shown(value: V): ValueAndTimestamp<V> {
    return { value, timestamp: this.table.foundTimestamp };
  }
}
