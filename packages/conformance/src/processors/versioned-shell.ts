import {
  putRefused,
  type StreamRecord,
  type VersionedKeyValueStore,
  type VersionedRecord,
} from "@millrace/streams-core";
import { text } from "../values/text.js";
import { CommandShell } from "./command-shell.js";

/** How Java says that a put was refused. */
const JAVA_LEAST_LONG = String(-(2n ** 63n));

/** Runs commands on a versioned store; every other record is a version, and what became of it is forwarded. */
export class VersionedShell extends CommandShell<VersionedKeyValueStore<unknown, unknown>> {
  protected put(record: StreamRecord<unknown, unknown>): void {
    const { key, value, timestamp } = record;
    const validToMs = this.store.put(key, value, timestamp);
    const shown = validToMs === putRefused ? JAVA_LEAST_LONG : String(validToMs);
    this.context.forward(record.withValue(`validTo=${shown}`));
  }

  protected command(record: StreamRecord<unknown, unknown>, words: readonly string[]): void {
    const [command = "", key = "", time = ""] = words;
    switch (command) {
      case "get":
        return this.reply(record, key, versionText(this.store.get(key)));
      case "asOf":
        return this.reply(record, key, versionText(this.store.get(key, Number(time))));
      case "delete":
        return this.reply(record, key, versionText(this.store.delete(key, Number(time))));
      default:
        return this.reply(record, "unknown", command);
    }
  }
}

function versionText(version: VersionedRecord<unknown> | null): string {
  if (version === null) return "null";
  return `${text(version.value)}@${version.timestamp}..${version.validToMs ?? "open"}`;
}
