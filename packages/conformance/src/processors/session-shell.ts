import { Windowed, type SessionStore, type StreamRecord } from "@millrace/streams-core";
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
    const [command = "", first = "", second = "", third = ""] = words;
    const { store } = this;
    switch (command) {
      case "fetch":
        return this.replyRows(record, store.fetch(first));
      case "fetchRange":
        return this.replyRows(record, store.fetchRange(first || null, second || null));
      case "find":
        return this.replyRows(record, store.findSessions(first, Number(second), Number(third)));
      case "backwardFind":
        return this.replyRows(record, store.backwardFindSessions(first, Number(second), Number(third)));
      case "get":
        return this.reply(record, first, text(store.get(first, Number(second), Number(third))));
      case "remove":
        return store.remove(new Windowed(first, Number(second), Number(third)));
      default:
        return this.reply(record, "unknown", command);
    }
  }
}
