import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows } from "@millrace/state-stores";
import { StreamsError, type StateStore, type StoreBuilder } from "../../model/index.js";
import { addRestored } from "../add-restored.js";
import type { OpenStore, StoreContext } from "../store-context.js";
import { storeKeyAt } from "../store-key-at.js";
import { SuppressBuffer } from "./suppress-buffer.js";

const VERSION = 3;

class OpenSuppressBuffer implements OpenStore {
  private readonly buffer: SuppressBuffer<unknown, unknown>;

  constructor(buffer: SuppressBuffer<unknown, unknown>) {
    this.buffer = buffer;
  }

  get store(): StateStore {
    return this.buffer;
  }

  get dirty(): boolean {
    return this.buffer.dirty;
  }

  flush(): void {
    this.buffer.flush();
  }

  addRow(record: RecordCursor, rows: RestoredRows): void {
    if (record.keyStart < 0) return;
    this.buffer.forgetRows();
    if (record.valueStart >= 0) this.requireVersion(record);
    addRestored(rows, storeKeyAt(record.buffer, record.keyStart, record.keyEnd), record, false);
  }

  private requireVersion(record: RecordCursor): void {
    const version = record.headers()?.findLast(({ key }) => key === "v")?.value?.[0];
    if (version === VERSION) return;
    throw new StreamsError(
      `The changelog of the suppress buffer ${this.buffer.name} has a record of format ${version ?? 0} at offset ${record.offset}. ` +
        `Only what Kafka Streams 2.4 and later write can be restored: let its old app empty the buffer first.`,
    );
  }
}

/** Makes the buffer of a `suppress` that `builder` describes. Never cached. */
export function openSuppressBuffer(builder: StoreBuilder, context: StoreContext): OpenStore {
  return new OpenSuppressBuffer(new SuppressBuffer(builder, context));
}
