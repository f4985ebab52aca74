import type { StreamRecord } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { rowValue, StoreProcessor } from "./store-processor.js";

/** Forwards the first record of each value. */
export class Dedupe extends StoreProcessor {
  process(record: StreamRecord<unknown, unknown>): void {
    if (record.value === null) return;
    const { store } = this;
    if (store.get(text(record.value)) !== null) return;
    store.put(text(record.value), text(record.key));
    this.context.forward(record);
  }
}

/** Adds what the store has for the record's key. */
export class Lookup extends StoreProcessor {
  process(record: StreamRecord<unknown, unknown>): void {
    const row = record.key === null ? null : rowValue(this.store.get(record.key));
    this.context.forward(record.withValue(`${text(record.value)}~${text(row)}`));
  }
}

/** Puts records into the store. */
export class GlobalUpdate extends StoreProcessor {
  process({ key, value }: StreamRecord<unknown, unknown>): void {
    if (key !== null) this.store.put(key, value);
  }
}
