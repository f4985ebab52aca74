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
    const [command = "", key = "", time = ""] = words;
    const rows = this.rowsOf(words);
    if (rows !== null) this.replyRows(record, rows);
    else if (command === "get") this.reply(record, `${key}@${time}`, text(rowValue(this.store.get(key, Number(time)))));
    else this.reply(record, "unknown", command);
  }

  /** Null for a command that lists nothing. */
  private rowsOf(words: readonly string[]): Iterable<KeyValue<unknown, unknown>> | null {
    const { store } = this;
    const [command, first, second] = [words[0], words[1] ?? "", words[2] ?? ""];
    switch (command) {
      case "fetch":
        return keyed(first, store.fetch(first, Number(second), Number(words[3])));
      case "backwardFetch":
        return keyed(first, store.backwardFetch(first, Number(second), Number(words[3])));
      case "fetchRange":
        return store.fetchRange(first || null, second || null, Number(words[3]), Number(words[4]));
      case "fetchAll":
        return store.fetchAll(Number(first), Number(second));
      case "all":
        return store.all();
      case "backwardAll":
        return store.backwardAll();
      default:
        return null;
    }
  }
}

function keyed(key: string, rows: Iterable<KeyValue<number, unknown>>): KeyValue<unknown, unknown>[] {
  return Array.from(rows, (row) => ({ key: `${key}@${row.key}`, value: row.value }));
}
