import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows } from "@millrace/state-stores";
import type { StateStore, StoreBuilder } from "../../model/index.js";
import { addRestored } from "../add-restored.js";
import type { OpenStore, StoreContext } from "../store-context.js";
import { storeKeyAt } from "../store-key-at.js";
import { UnmatchedRows } from "./unmatched-rows.js";

class OpenUnmatchedStore implements OpenStore {
  readonly dirty = false;
  private readonly rows: UnmatchedRows<unknown, unknown, unknown>;

  constructor(rows: UnmatchedRows<unknown, unknown, unknown>) {
    this.rows = rows;
  }

  get store(): StateStore {
    return this.rows;
  }

  flush(): void {}

  addRow(record: RecordCursor, rows: RestoredRows): void {
    if (record.keyStart < 0) return;
    this.rows.forgetKeys();
    addRestored(rows, storeKeyAt(record.buffer, record.keyStart, record.keyEnd), record, false);
  }
}

/** Makes the store of a left or outer stream-stream join that `builder` describes. Never cached. */
export function openUnmatchedStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  return new OpenUnmatchedStore(new UnmatchedRows(builder, context));
}
