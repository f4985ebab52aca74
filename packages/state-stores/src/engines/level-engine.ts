import type { Scheduler } from "@millrace/kernel";

import type { StoreKey } from "../contract/index.js";
import { StateCorruptedError, StateFormatError } from "../errors.js";
import { type CommitMark, type Engine, type EngineBatch, NO_MARK, type RowSource } from "./engine.js";
import { laterBound } from "../keys/key-range.js";
import { type LevelBatch, LevelDatabase, type LevelDatabaseOptions } from "./level-database.js";
import { decodeMeta, encodeMeta, LEVEL_FORMAT, type LevelMeta, META_KEY, storePrefix } from "./level-layout.js";
import { LevelTable } from "./level-table.js";

/** At most so many keys of a store are looked up per batch to guess how many rows are new. */
const COUNT_PROBES = 64;

/** Rows between two breaths while a batch is put together: about 5 ms. */
const ROWS_PER_SLICE = 8192;

export interface LevelEngineOptions extends LevelDatabaseOptions {
  /** Lets others run while a large batch is put together. */
  readonly scheduler: Scheduler;
  /** Deletes a directory whole, or leaves nothing that looks like it. */
  readonly removeDirectory: (directory: string) => Promise<void>;
}

/** Committed state of one task in a LevelDB of its own: rows, offsets and stamp go into the same batch. */
export class LevelEngine implements Engine {
  readonly countProbes = COUNT_PROBES;
  readonly #options: LevelEngineOptions;
  readonly #database: LevelDatabase;
  readonly #tables = new Map<string, LevelTable>();
  #mark: CommitMark = NO_MARK;

  private constructor(options: LevelEngineOptions) {
    this.#options = options;
    this.#database = new LevelDatabase(options);
  }

  /** Throws StateCorruptedError, StateFormatError or StateOpenError. */
  static async open(options: LevelEngineOptions): Promise<LevelEngine> {
    const engine = new LevelEngine(options);
    await engine.#database.open();
    try {
      engine.#load();
    } catch (error) {
      await engine.#database.close();
      throw error;
    }
    return engine;
  }

  get mark(): CommitMark {
    return this.#mark;
  }

  table(store: string): LevelTable {
    return this.#tables.get(store) ?? this.#addTable(store, 0, null);
  }

  async write({ parts, mark }: EngineBatch): Promise<void> {
    const written = new Map<LevelTable, RowSource[]>();
    for (const { store, rows } of parts) {
      const table = this.table(store);
      table.assertSound();
      this.#recount(table, rows);
      written.set(table, [...(written.get(table) ?? []), rows]);
    }
    const batch = this.#database.batch();
    const floors = new Map<LevelTable, StoreKey | null>();
    try {
      for (const [table, sources] of written) floors.set(table, await this.#appendAll(batch, table, sources));
      batch.put(META_KEY, encodeMeta(this.#meta(mark, floors)));
    } catch (error) {
      await batch.close();
      throw error;
    }
    await batch.write();
    for (const [table, sources] of written) table.written(sources, floors.get(table) ?? null);
    this.#mark = mark;
  }

  async wipe(): Promise<void> {
    await this.#cleared();
    await this.#database.close();
    await this.#options.removeDirectory(this.#options.directory);
    await this.#database.open();
    for (const table of this.#tables.values()) table.wiped();
    this.#mark = NO_MARK;
  }

  async close(): Promise<void> {
    await this.#cleared();
    await this.#database.close();
  }

  #load(): void {
    const { taskId, directory } = this.#options;
    const bytes = this.#database.get(META_KEY);
    if (bytes === null) return;
    let decoded: ReturnType<typeof decodeMeta>;
    try {
      decoded = decodeMeta(bytes);
    } catch (cause) {
      throw new StateCorruptedError(taskId, directory, { cause });
    }
    if (decoded.meta === null) throw new StateFormatError(directory, decoded.format, LEVEL_FORMAT);
    const { stores, counts, floors, offsets, stamp } = decoded.meta;
    for (const [index, store] of stores.entries()) this.#addTable(store, counts[index] ?? 0, floors[index] ?? null);
    this.#mark = { offsets, stamp };
  }

  /** The place of a store in the list is written with the next batch, before which it has no rows. */
  #addTable(store: string, rowCount: number, floor: StoreKey | null): LevelTable {
    // A quarter of the cache: these rows are counted like those of the overlay they come from.
    const recentBytes = this.#options.blockCacheBytes / 4;
    const start = { prefix: storePrefix(this.#tables.size), rowCount, floor };
    const table = new LevelTable(this.#database, start, recentBytes);
    this.#tables.set(store, table);
    return table;
  }

  #meta(mark: CommitMark, floors: ReadonlyMap<LevelTable, StoreKey | null>): LevelMeta {
    const tables = [...this.#tables.values()];
    return {
      ...mark,
      stores: [...this.#tables.keys()],
      counts: tables.map(({ counts }) => Math.round(counts.from(null))),
      floors: tables.map((table) => (floors.has(table) ? floors.get(table)! : table.floor)),
    };
  }

  #recount(table: LevelTable, rows: RowSource): void {
    const stride = Math.ceil(rows.size / COUNT_PROBES) || 1;
    for (const [key, value] of rows.entries(stride)) {
      const wasThere = table.get(key) !== null && (rows.floor === null || key >= rows.floor);
      const growth = (value === null ? 0 : 1) - (wasThere ? 1 : 0);
      if (growth !== 0) table.counts.add(key, growth * stride);
    }
  }

  /** Puts the rows of one store into the batch. Gives where its rows begin afterwards. */
  async #appendAll(batch: LevelBatch, table: LevelTable, sources: readonly RowSource[]): Promise<StoreKey | null> {
    let { floor } = table;
    for (const rows of sources) {
      floor = laterBound(floor, rows.floor);
      if (!(await this.#append(batch, table, rows, floor))) return this.#appendReturning(batch, table, sources);
    }
    return floor;
  }

  /** As `#appendAll`, where rows come back among those dropped: none can be hidden, so each of these is deleted. */
  async #appendReturning(batch: LevelBatch, table: LevelTable, sources: readonly RowSource[]): Promise<null> {
    await table.cleared();
    table.assertSound();
    for (const [index, rows] of sources.entries()) {
      const { floor } = rows;
      if (floor !== null) {
        for await (const key of table.storedBelow(floor)) batch.del(key);
        for (const earlier of sources.slice(0, index)) {
          for (const [key] of earlier.entries()) if (key < floor) batch.del(table.prefix + key);
        }
      }
      await this.#append(batch, table, rows, null);
    }
    return null;
  }

  /** Puts rows into the batch, up to one before `floor`: then it gives false. */
  async #append(batch: LevelBatch, table: LevelTable, rows: RowSource, floor: StoreKey | null): Promise<boolean> {
    const { prefix } = table;
    let left = ROWS_PER_SLICE;
    for (const [key, value] of rows.entries()) {
      if (floor !== null && key < floor) return false;
      if (value === null) batch.del(prefix + key);
      else batch.put(prefix + key, value);
      left -= 1;
      if (left > 0) continue;
      left = ROWS_PER_SLICE;
      await this.#options.scheduler.yield();
    }
    return true;
  }

  /** What runs behind the engine's back has ended. */
  async #cleared(): Promise<void> {
    for (const table of this.#tables.values()) await table.cleared();
  }
}
