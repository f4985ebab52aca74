import type { ChangelogWriter } from "./changelog-writer.js";
import type { CurrentRecord } from "./current-record.js";

/** A changelog whose records carry the headers of the record being processed. */
export class HeadersChangelog implements ChangelogWriter {
  private readonly changelog: ChangelogWriter;
  private readonly current: CurrentRecord;

  constructor(changelog: ChangelogWriter, current: CurrentRecord) {
    this.changelog = changelog;
    this.current = current;
  }

  write(key: Uint8Array, value: Uint8Array | null, timestamp: number): void {
    this.changelog.write(key, value, timestamp, this.current.headers);
  }
}
