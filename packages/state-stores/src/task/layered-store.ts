import type { BytesStore, KeyRange, StoreIterator, StoreKey } from "../contract/index.js";
import type { EngineTable } from "../engines/engine.js";
import { laterBound } from "../keys/key-range.js";
import { MergingIterator } from "../overlay/merging-iterator.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { RowMap } from "../overlay/row-map.js";
import type { IteratorRegistry } from "./iterator-registry.js";

/** One store of a task: the running overlay, overlays on their way to the engine, the engine. */
export class LayeredStore implements BytesStore {
  readonly name: string;
  #closed = false;
  readonly #table: EngineTable;
  readonly #countProbes: number;
  readonly #iterators: IteratorRegistry;
  #running = new RowMap();
  /** Overlays not yet written, newest first. */
  #below: readonly RowMap[] = [];

  constructor(name: string, table: EngineTable, countProbes: number, iterators: IteratorRegistry) {
    this.name = name;
    this.#table = table;
    this.#countProbes = countProbes;
    this.#iterators = iterators;
  }

  get running(): RowMap {
    return this.#running;
  }

  get(key: StoreKey): Uint8Array | null {
    if (this.#closed) this.#iterators.assertOpen();
    const running = this.#running.find(key);
    if (running !== undefined) return running.value;
    return this.#running.hides(key) ? null : this.#under(key, this.#below);
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    if (this.#closed) this.#iterators.assertOpen();
    this.#running.set(key, value);
  }

  iterate(range: KeyRange): StoreIterator {
    this.#iterators.assertOpen();
    const cursors: RowCursor[] = [];
    let { from } = range;
    for (const rows of this.#layers()) {
      if (rows.size > 0) cursors.push(rows.cursor({ ...range, from }));
      from = laterBound(from, rows.floor);
    }
    // The engine last: should it fail, no other cursor has to be given back.
    cursors.push(this.#table.cursor({ ...range, from }));
    return this.#iterators.opened(new MergingIterator(cursors, range.reverse, this.#iterators));
  }

  dropBelow(to: StoreKey): void {
    this.#iterators.assertOpen();
    this.#running.dropBelow(to);
  }

  approximateCount(): number {
    let floor: StoreKey | null = null;
    let count = 0;
    for (const [index, rows] of this.#layers().entries()) {
      count += this.#growth(rows, index, floor);
      floor = laterBound(floor, rows.floor);
    }
    count += this.#table.count(floor);
    return Math.max(0, Math.round(count));
  }

  /** Takes the running overlay away from writers; it stays readable until `drop`. Null when it is empty. */
  take(): RowMap | null {
    if (this.#running.isEmpty) return null;
    const taken = this.#running;
    this.#below = [taken, ...this.#below];
    this.#running = new RowMap();
    return taken;
  }

  /** Stops reading an overlay: its rows are in the engine, or given up. */
  drop(rows: RowMap): void {
    this.#below = this.#below.filter((other) => other !== rows);
  }

  /** Gives up what was written since the last `take`. */
  forget(): void {
    if (!this.#running.isEmpty) this.#running = new RowMap();
  }

  /** Refuses all use from here on. */
  close(): void {
    this.#closed = true;
  }

  #layers(): readonly RowMap[] {
    return [this.#running, ...this.#below];
  }

  /**
   * By how many rows `rows`, the layer at `index`, changes the count of what lies under it, scaled up from a sample when
   * there are many. Those before `floor` count no more.
   */
  #growth(rows: RowMap, index: number, floor: StoreKey | null): number {
    const under = this.#layers().slice(index + 1);
    const stride = Math.ceil(rows.size / this.#countProbes) || 1;
    let growth = 0;
    for (const [key, value] of rows.entries(stride)) {
      if (floor !== null && key < floor) continue;
      const wasThere = !rows.hides(key) && this.#under(key, under) !== null;
      growth += (value === null ? 0 : 1) - (wasThere ? 1 : 0);
    }
    return growth * stride;
  }

  /** What these layers, newest first, and the engine have. */
  #under(key: StoreKey, layers: readonly RowMap[]): Uint8Array | null {
    for (const rows of layers) {
      const entry = rows.find(key);
      if (entry !== undefined) return entry.value;
      if (rows.hides(key)) return null;
    }
    return this.#table.get(key);
  }
}
