import type { KeyValue, StateStore, StreamRecord } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { ContextProcessor, rowValue } from "./store-processor.js";

type Row = KeyValue<unknown, unknown>;

/** Runs commands, values that begin with "?", on a store; every other record is a put. */
export abstract class CommandShell<S extends StateStore> extends ContextProcessor {
  private readonly storeName: string;

  constructor(storeName: string) {
    super();
    this.storeName = storeName;
  }

  protected get store(): S {
    return this.context.getStateStore<S>(this.storeName);
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const { key, value } = record;
    if (value !== null && text(value).startsWith("?")) this.command(record, text(value).slice(1).split(":"));
    else if (key !== null) this.put(record);
  }

  protected abstract put(record: StreamRecord<unknown, unknown>): void;
  protected abstract command(record: StreamRecord<unknown, unknown>, words: readonly string[]): void;

  protected reply(record: StreamRecord<unknown, unknown>, key: string, value: string): void {
    this.context.forward(record.withKey(key).withValue(value));
  }

  /** Forwards each row, then their number. */
  protected replyRows(record: StreamRecord<unknown, unknown>, rows: Iterable<Row>): void {
    let count = 0;
    for (const { key, value } of [...rows]) {
      this.reply(record, text(key), text(rowValue(value)));
      count++;
    }
    this.reply(record, "end", String(count));
  }
}
