import { serdes, type KeyValue, type StreamRecord } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { rowValue, StoreProcessor } from "./store-processor.js";

type Row = KeyValue<unknown, unknown>;

/** Runs commands on a key-value store; every other record is a put. */
export class StoreShell extends StoreProcessor {
  process(record: StreamRecord<unknown, unknown>): void {
    const { key, value } = record;
    if (value !== null && text(value).startsWith("?")) this.command(record, text(value).slice(1).split(":"));
    else if (key !== null) this.store.put(key, value);
  }

  private command(record: StreamRecord<unknown, unknown>, words: readonly string[]): void {
    const [command = "", first = "", second = ""] = words;
    const { store } = this;
    const rows = this.rowsOf(command, first, second);
    if (rows !== null) this.forwardRows(record, [...rows]);
    else if (command === "get") this.reply(record, first, text(rowValue(store.get(first))));
    else if (command === "size") this.reply(record, "size", String([...store.all()].length));
    else if (command === "putIfAbsent") this.reply(record, first, text(rowValue(store.putIfAbsent(first, second))));
    else if (command === "delete") this.reply(record, first, text(rowValue(store.delete(first))));
    else if (command === "putAll") store.putAll(pairs(words.slice(1)));
    else this.reply(record, "unknown", command);
  }

  /** Null for a command that lists nothing. */
  private rowsOf(command: string, first: string, second: string): Iterable<Row> | null {
    const { store } = this;
    switch (command) {
      case "range":
        return store.range(first || null, second || null);
      case "reverseRange":
        return store.reverseRange(first || null, second || null);
      case "all":
        return store.all();
      case "reverseAll":
        return store.reverseAll();
      case "prefix":
        return store.prefixScan(first, serdes.string);
      default:
        return null;
    }
  }

  private forwardRows(record: StreamRecord<unknown, unknown>, rows: readonly Row[]): void {
    for (const { key, value } of rows) this.reply(record, text(key), text(rowValue(value)));
    this.reply(record, "end", String(rows.length));
  }

  private reply(record: StreamRecord<unknown, unknown>, key: string, value: string): void {
    this.context.forward(record.withKey(key).withValue(value));
  }
}

function pairs(words: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) rows.push({ key: words[i], value: words[i + 1] });
  return rows;
}
