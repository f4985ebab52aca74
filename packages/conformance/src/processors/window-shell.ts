import type { KeyValue, StreamRecord, WindowStore } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { CommandShell } from "./command-shell.js";
import { rowValue } from "./store-processor.js";

/** Runs commands on a window store; every other record is put at its time. */
export class WindowShell extends CommandShell<WindowStore<unknown, unknown>> {
  protected put({ key, value, timestamp }: StreamRecord<unknown, unknown>): void {
    this.store.put(key, value, timestamp);
  }

  protected command(record: StreamRecord<unknown, unknown>, words: readonly string[]): void {
    const [command = "", first = "", second = "", third = "", fourth = ""] = words;
    const { store } = this;
    switch (command) {
      case "get":
        return this.reply(record, `${first}@${second}`, text(rowValue(store.get(first, Number(second)))));
      case "fetch":
        return this.replyRows(record, keyed(first, store.fetch(first, Number(second), Number(third))));
      case "backwardFetch":
        return this.replyRows(record, keyed(first, store.backwardFetch(first, Number(second), Number(third))));
      case "fetchRange":
        return this.replyRows(record, store.fetchRange(first || null, second || null, Number(third), Number(fourth)));
      case "fetchAll":
        return this.replyRows(record, store.fetchAll(Number(first), Number(second)));
      case "all":
        return this.replyRows(record, store.all());
      case "backwardAll":
        return this.replyRows(record, store.backwardAll());
      default:
        return this.reply(record, "unknown", command);
    }
  }
}

function keyed(key: string, rows: Iterable<KeyValue<number, unknown>>): KeyValue<unknown, unknown>[] {
  return Array.from(rows, (row) => ({ key: `${key}@${row.key}`, value: row.value }));
}
