import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows } from "@millrace/state-stores";
import type { StateStore, StoreBuilder } from "../../model/index.js";
import { addRestored } from "../add-restored.js";
import type { OpenStore, StoreContext } from "../store-context.js";
import { storeKeyAt } from "../store-key-at.js";
import { TimeOrderedBuffer } from "./time-ordered-buffer.js";

class OpenTimeOrderedBuffer implements OpenStore {
  readonly dirty = false;
  private readonly buffer: TimeOrderedBuffer<unknown, unknown>;

  constructor(buffer: TimeOrderedBuffer<unknown, unknown>) {
    this.buffer = buffer;
  }

  get store(): StateStore {
    return this.buffer;
  }

  flush(): void {
    // Rows are written as they come.
  }

  addRow(record: RecordCursor, rows: RestoredRows): void {
    if (record.keyStart < 0) return;
    this.buffer.forgetExtent();
    addRestored(rows, storeKeyAt(record.buffer, record.keyStart, record.keyEnd), record, false);
  }
}

/** Makes the buffer of a join with grace that `builder` describes. Never cached. */
export function openTimeOrderedBuffer(builder: StoreBuilder, context: StoreContext): OpenStore {
  return new OpenTimeOrderedBuffer(new TimeOrderedBuffer(builder, context));
}
