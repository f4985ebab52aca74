import type { WindowStore } from "../../model/index.js";
import type { SegmentedTable } from "../segmented/segmented-table.js";
import { WindowReads } from "./window-reads.js";

/** {@link WindowStore} over a {@link SegmentedTable}; may keep rows of equal key and start side by side. */
export class PlainWindowStore<K, V> extends WindowReads<K, V, V> implements WindowStore<K, V> {
  private readonly retainDuplicates: boolean;
  /** Of the row put last; nulls take numbers, too. Null before the first put of this life. */
  private lastSequence: number | null = null;

  constructor(table: SegmentedTable<K, V>, persistent: boolean, retainDuplicates: boolean) {
    super(table, persistent);
    this.retainDuplicates = retainDuplicates;
  }

  put(key: K, value: V | null, startMs: number): void {
    if (!this.retainDuplicates) {
      this.table.write(key, startMs, 0, { value, timestamp: -1 });
      return;
    }
    const sequence = this.table.rows.nextSequence();
    if (value === null) this.table.writeNothing(key, startMs, sequence);
    else {
      this.table.write(key, startMs, sequence, { value, timestamp: -1 });
      this.lastSequence = sequence;
    }
  }

  /** Where duplicates are kept, the one put last, if that was of this key and start. */
  override get(key: K, startMs: number): V | null {
    return this.table.find(key, startMs, this.retainDuplicates ? (this.lastSequence ?? this.table.rows.sequence) : 0);
  }

  protected shown(value: V): V {
    return value;
  }
}
