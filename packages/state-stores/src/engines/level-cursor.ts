import type { StoreKey } from "../contract/index.js";
import { storeKey } from "../keys/store-key.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import type { LevelDatabase } from "./level-database.js";
import type { RangeChunk, RangeQuery } from "./range-bridge.js";

/** Most ranges are short, so the first answer is small; who goes on reading gets more at a time. */
const FIRST_ROWS = 32;
const MOST_ROWS = 1024;
const GROWTH = 4;

const NO_BYTES = new Uint8Array(0);

/** Walks rows of a LevelDB snapshot, a chunk at a time. Values are views on their chunk. */
export class LevelCursor implements RowCursor {
  key: StoreKey | null = null;
  value: Uint8Array | null = null;
  readonly #database: LevelDatabase;
  readonly #id: number;
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer);
  #offset = 0;
  #rowsLeft = 0;
  #rows = FIRST_ROWS;
  #done = false;

  constructor(database: LevelDatabase, query: Omit<RangeQuery, "location">) {
    this.#database = database;
    const { id, chunk } = database.openRange(query, this.#rows);
    this.#id = id;
    this.#load(chunk);
    this.advance();
  }

  advance(): void {
    while (this.#rowsLeft === 0) {
      if (this.#done) {
        this.key = null;
        this.value = null;
        return;
      }
      this.#rows = Math.min(this.#rows * GROWTH, MOST_ROWS);
      this.#load(this.#database.nextRange(this.#id, this.#rows));
    }
    const keyLength = this.#view.getUint32(this.#offset, true);
    const valueLength = this.#view.getUint32(this.#offset + 4, true);
    const keyStart = this.#offset + 8;
    const valueStart = keyStart + keyLength;
    this.#offset = valueStart + valueLength;
    this.#rowsLeft -= 1;
    this.key = storeKey(this.#bytes.subarray(keyStart, valueStart));
    this.value = this.#bytes.subarray(valueStart, this.#offset);
  }

  close(): void {
    if (!this.#done) this.#database.closeRange(this.#id);
    this.#done = true;
    this.#rowsLeft = 0;
    this.#bytes = NO_BYTES;
    this.key = null;
    this.value = null;
  }

  #load(chunk: RangeChunk): void {
    this.#bytes = chunk.bytes;
    this.#view = new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength);
    this.#offset = 0;
    this.#rowsLeft = chunk.count;
    this.#done = chunk.done;
  }
}
