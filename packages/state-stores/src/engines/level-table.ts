import type { KeyRange, StoreKey } from "../contract/index.js";
import { prefixEnd } from "../keys/key-range.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { RowMap } from "../overlay/row-map.js";
import type { EngineTable, RowSource } from "./engine.js";
import { LevelCursor } from "./level-cursor.js";
import type { LevelDatabase } from "./level-database.js";

/** Committed rows of one store in the database of its task. */
export class LevelTable implements EngineTable {
  readonly prefix: string;
  /** About how many rows there are. */
  rowCount: number;
  readonly #database: LevelDatabase;
  readonly #recentBytes: number;
  /** Rows of the last batch: keys written lately are read soon again, and are here at the price of a map. */
  #recent: RowMap | null = null;

  /** Keeps the rows of the last batch in memory unless they exceed `recentBytes`. */
  constructor(database: LevelDatabase, prefix: string, rowCount: number, recentBytes: number) {
    this.#database = database;
    this.prefix = prefix;
    this.rowCount = rowCount;
    this.#recentBytes = recentBytes;
  }

  get(key: StoreKey): Uint8Array | null {
    const recent = this.#recent?.find(key);
    if (recent !== undefined) return recent.value;
    return this.#database.get(this.prefix + key);
  }

  cursor(range: KeyRange): RowCursor {
    const { prefix } = this;
    const query = {
      gte: range.from === null ? prefix : prefix + range.from,
      lt: range.to === null ? (prefixEnd(prefix) as string) : prefix + range.to,
      reverse: range.reverse,
      prefixLength: prefix.length,
    };
    return new LevelCursor(this.#database, query);
  }

  count(): number {
    return this.rowCount;
  }

  /** Told of each batch once it is on disk. */
  written(rows: RowSource): void {
    const isKept = rows instanceof RowMap && rows.bytes <= this.#recentBytes;
    this.#recent = isKept ? rows : null;
  }

  /** All rows are gone. */
  wiped(): void {
    this.#recent = null;
    this.rowCount = 0;
  }
}
