import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRow } from "@millrace/state-stores";
import type { StateStore, StoreBuilder } from "../../model/index.js";
import { restoredValue } from "../restored-value.js";
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

  toRow(record: RecordCursor): RestoredRow | null {
    if (record.keyStart < 0) return null;
    this.rows.forgetKeys();
    const key = storeKeyAt(record.buffer, record.keyStart, record.keyEnd);
    return { key, value: restoredValue(record, false) };
  }
}

/** Makes the store of a left or outer stream-stream join that `builder` describes. Never cached. */
export function openUnmatchedStore(builder: StoreBuilder, context: StoreContext): OpenStore {
  return new OpenUnmatchedStore(new UnmatchedRows(builder, context));
}
