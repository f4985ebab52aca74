import { Windowed, type KeyValue, type SessionStore, type StreamRecord } from "@millrace/streams-core";
import { text } from "../values/text.js";
import { CommandShell } from "./command-shell.js";

/** Runs commands on a session store; every other record is a session that begins at its time. */
export class SessionShell extends CommandShell<SessionStore<unknown, unknown>> {
  protected put({ key, value, timestamp }: StreamRecord<unknown, unknown>): void {
    const [length, rest] = text(value).split("#", 2);
    const lengthMs = value === null || rest === undefined ? 0 : Number(length);
    this.store.put(new Windowed(key, timestamp, timestamp + lengthMs), value);
  }

  protected command(record: StreamRecord<unknown, unknown>, words: readonly string[]): void {
    const { store } = this;
    const [command, key, startMs, endMs] = [words[0], words[1] ?? "", Number(words[2]), Number(words[3])];
    const rows = this.rowsOf(words);
    if (rows !== null) this.replyRows(record, rows);
    else if (command === "get") this.reply(record, key, text(store.get(key, startMs, endMs)));
    else if (command === "remove") store.remove(new Windowed(key, startMs, endMs));
    else this.reply(record, "unknown", command ?? "");
  }

  /** Null for a command that lists nothing. */
  private rowsOf([command, key = "", other = "", last = ""]: readonly string[]): Iterable<
    KeyValue<unknown, unknown>
  > | null {
    const { store } = this;
    switch (command) {
      case "fetch":
        return store.fetch(key);
      case "fetchRange":
        return store.fetchRange(key || null, other || null);
      case "find":
        return store.findSessions(key, Number(other), Number(last));
      case "backwardFind":
        return store.backwardFindSessions(key, Number(other), Number(last));
      default:
        return null;
    }
  }
}
