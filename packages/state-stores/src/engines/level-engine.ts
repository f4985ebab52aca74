import type { Scheduler } from "@millrace/kernel";

import { StateCorruptedError, StateFormatError } from "../errors.js";
import { type BatchPart, type CommitMark, type Engine, type EngineBatch, NO_MARK } from "./engine.js";
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
    return this.#tables.get(store) ?? this.#addTable(store, 0);
  }

  async write({ parts, mark }: EngineBatch): Promise<void> {
    const tables = parts.map(({ store }) => this.table(store));
    for (const [index, part] of parts.entries()) this.#recount(tables[index] as LevelTable, part);
    const batch = this.#database.batch();
    try {
      for (const [index, part] of parts.entries()) await this.#append(batch, tables[index] as LevelTable, part);
      batch.put(META_KEY, encodeMeta(this.#meta(mark)));
    } catch (error) {
      await batch.close();
      throw error;
    }
    await batch.write();
    for (const [index, { rows }] of parts.entries()) (tables[index] as LevelTable).written(rows);
    this.#mark = mark;
  }

  async wipe(): Promise<void> {
    await this.#database.close();
    await this.#options.removeDirectory(this.#options.directory);
    await this.#database.open();
    for (const table of this.#tables.values()) table.wiped();
    this.#mark = NO_MARK;
  }

  close(): Promise<void> {
    return this.#database.close();
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
    const { stores, counts, offsets, stamp } = decoded.meta;
    for (const [index, store] of stores.entries()) this.#addTable(store, counts[index] ?? 0);
    this.#mark = { offsets, stamp };
  }

  /** The place of a store in the list is written with the next batch, before which it has no rows. */
  #addTable(store: string, rowCount: number): LevelTable {
    // A quarter of the cache: these rows are counted like those of the overlay they come from.
    const recentBytes = this.#options.blockCacheBytes / 4;
    const table = new LevelTable(this.#database, storePrefix(this.#tables.size), rowCount, recentBytes);
    this.#tables.set(store, table);
    return table;
  }

  #meta(mark: CommitMark): LevelMeta {
    const counts = [...this.#tables.values()].map(({ rowCount }) => Math.round(rowCount));
    return { ...mark, stores: [...this.#tables.keys()], counts };
  }

  #recount(table: LevelTable, { rows }: BatchPart): void {
    const stride = Math.ceil(rows.size / COUNT_PROBES) || 1;
    let position = 0;
    let growth = 0;
    for (const [key, value] of rows.entries()) {
      if (position++ % stride !== 0) continue;
      growth += (value === null ? 0 : 1) - (table.get(key) === null ? 0 : 1);
    }
    table.rowCount = Math.max(0, table.rowCount + growth * stride);
  }

  async #append(batch: LevelBatch, table: LevelTable, { rows }: BatchPart): Promise<void> {
    const { prefix } = table;
    let left = ROWS_PER_SLICE;
    for (const [key, value] of rows.entries()) {
      if (value === null) batch.del(prefix + key);
      else batch.put(prefix + key, value);
      left -= 1;
      if (left > 0) continue;
      left = ROWS_PER_SLICE;
      await this.#options.scheduler.yield();
    }
  }
}
