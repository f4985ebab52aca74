import type { KeyRange, StoreKey } from "../contract/index.js";
import { laterBound, prefixEnd } from "../keys/key-range.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { RowMap } from "../overlay/row-map.js";
import type { EngineTable, RowSource } from "./engine.js";
import { LevelCursor } from "./level-cursor.js";
import type { LevelDatabase } from "./level-database.js";
import { RowCounts } from "./row-counts.js";

/** What the database says of a store when it is opened. */
export interface LevelTableStart {
  readonly prefix: string;
  /** About how many rows there are. */
  readonly rowCount: number;
  /** Rows before it were dropped; null: none were. */
  readonly floor: StoreKey | null;
}

/**
 * Committed rows of one store in the database of its task. Rows that are dropped are not seen from the batch on that
 * says so, and deleted behind its back, a range at once; what a crash leaves of them goes with the next ones.
 */
export class LevelTable implements EngineTable {
  readonly prefix: string;
  readonly counts: RowCounts;
  readonly #database: LevelDatabase;
  readonly #recentBytes: number;
  /** Rows of the last batch: keys written lately are read soon again, and are here at the price of a map. */
  #recent: RowMap | null = null;
  #floor: StoreKey | null;
  #deleting: Promise<void> = Promise.resolve();
  /** A deletion waits for the one that is going on; it will go up to the floor of then. */
  #deletionWaits = false;
  #failure: { readonly error: unknown } | null = null;

  /** Keeps the rows of the last batch in memory unless they exceed `recentBytes`. */
  constructor(database: LevelDatabase, { prefix, rowCount, floor }: LevelTableStart, recentBytes: number) {
    this.#database = database;
    this.prefix = prefix;
    this.counts = new RowCounts(rowCount);
    this.#floor = floor;
    this.#recentBytes = recentBytes;
    if (floor !== null) this.#deleteDropped();
  }

  /** Rows before it were dropped: the database may have some of them still. Null: there is nothing to hide. */
  get floor(): StoreKey | null {
    return this.#floor;
  }

  get(key: StoreKey): Uint8Array | null {
    const recent = this.#recent?.find(key);
    if (recent !== undefined) return recent.value;
    if (this.#floor !== null && key < this.#floor) return null;
    return this.#database.get(this.prefix + key);
  }

  cursor(range: KeyRange): RowCursor {
    const { prefix } = this;
    const from = laterBound(range.from, this.#floor);
    const query = {
      gte: from === null ? prefix : prefix + from,
      lt: range.to === null ? (prefixEnd(prefix) as string) : prefix + range.to,
      reverse: range.reverse,
      prefixLength: prefix.length,
    };
    return new LevelCursor(this.#database, query);
  }

  count(floor: StoreKey | null): number {
    return this.counts.from(floor);
  }

  /** Keys of the database before `floor`. */
  storedBelow(floor: StoreKey): AsyncIterable<string> {
    return this.#database.keys(this.prefix, this.prefix + floor);
  }

  /** Told of each batch once it is on disk, with the floor that is in it. */
  written(sources: readonly RowSource[], floor: StoreKey | null): void {
    const rows = sources.at(-1);
    const isKept = rows instanceof RowMap && rows.bytes <= this.#recentBytes;
    this.#recent = isKept ? rows : null;
    for (const source of sources) if (source.floor !== null) this.counts.drop(source.floor);
    if (floor === this.#floor) return;
    this.#floor = floor;
    if (floor !== null) this.#deleteDropped();
  }

  /** Throws what kept dropped rows from being deleted. */
  assertSound(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Resolves when the database has no row before the floor any more, or cannot delete them. */
  cleared(): Promise<void> {
    return this.#deleting;
  }

  /** All rows are gone. */
  wiped(): void {
    this.#recent = null;
    this.#floor = null;
    this.#failure = null;
    this.counts.clear();
  }

  #deleteDropped(): void {
    if (this.#deletionWaits) return;
    this.#deletionWaits = true;
    this.#deleting = this.#deleting.then(async () => {
      this.#deletionWaits = false;
      if (this.#floor === null) return;
      try {
        await this.#database.clear(this.prefix, this.prefix + this.#floor);
      } catch (error) {
        this.#failure ??= { error };
      }
    });
  }
}
