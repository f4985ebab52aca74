import { ClassicLevel } from "classic-level";

import { StateCorruptedError, StateOpenError } from "../errors.js";
import type { RangeBridge, RangeChunk, RangeQuery } from "./range-bridge.js";

/** Where the database of a task is and what it may use. */
export interface LevelDatabaseOptions {
  readonly taskId: string;
  /** Absolute path. */
  readonly directory: string;
  readonly blockCacheBytes: number;
  readonly writeBufferBytes: number;
  readonly bridge: RangeBridge;
}

/** A batch being put together. Nothing of it is visible before `write` has resolved. */
export interface LevelBatch {
  put(key: string, value: Uint8Array): void;
  del(key: string): void;
  write(): Promise<void>;
  close(): Promise<void>;
}

interface LevelError extends Error {
  readonly code?: string | null;
  readonly cause?: Error & { readonly code?: string };
}

/** Complaints about a file of the database that count as damage, although LevelDB calls them input and output errors. */
const MISSING_OR_SHORT = /No such file or directory|Invalid argument|truncated/u;

const LONGEST_KEY_AT_FIRST = 512;

/** One LevelDB with text keys and byte values. Damage that it meets becomes a StateCorruptedError. */
export class LevelDatabase {
  readonly #options: LevelDatabaseOptions;
  readonly #level: ClassicLevel<string, Uint8Array>;
  /** Keys up to this many characters may be looked up. */
  #roomForKeys = 0;

  constructor(options: LevelDatabaseOptions) {
    this.#options = options;
    this.#level = new ClassicLevel(options.directory, { keyEncoding: "utf8", valueEncoding: "view" });
  }

  async open(): Promise<void> {
    const { blockCacheBytes, writeBufferBytes } = this.#options;
    try {
      await this.#level.open({
        // Shares the database with the worker that reads ranges.
        multithreading: true,
        cacheSize: blockCacheBytes,
        writeBufferSize: writeBufferBytes,
      });
    } catch (error) {
      throw this.#explain(error);
    }
    this.#roomForKeys = 0;
    this.#makeRoom(LONGEST_KEY_AT_FIRST);
  }

  get(key: string): Uint8Array | null {
    if (key.length > this.#roomForKeys) this.#makeRoom(key.length * 2);
    try {
      return this.#level.getSync(key) ?? null;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  batch(): LevelBatch {
    return this.#level.batch();
  }

  /** Keys from `gte` to `lt`, exclusive, as they are now. */
  async *keys(gte: string, lt: string): AsyncGenerator<string> {
    try {
      yield* this.#level.keys({ gte, lt });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Deletes the rows from `gte` to `lt`, exclusive, on a thread of its own; not atomically. */
  async clear(gte: string, lt: string): Promise<void> {
    try {
      await this.#level.clear({ gte, lt });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  openRange(query: Omit<RangeQuery, "location">, limit: number): { readonly id: number; readonly chunk: RangeChunk } {
    try {
      return this.#options.bridge.open({ ...query, location: this.#options.directory }, limit);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  nextRange(id: number, limit: number): RangeChunk {
    try {
      return this.#options.bridge.next(id, limit);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  closeRange(id: number): void {
    this.#options.bridge.close(id);
  }

  /** Awaits what is being written. */
  async close(): Promise<void> {
    // The worker's handle first: the block cache both use belongs to this one.
    this.#options.bridge.release(this.#options.directory);
    await this.#level.close();
  }

  /** What to tell of an error that LevelDB, or the worker reading it, has thrown. */
  #explain(error: unknown): Error {
    const { taskId, directory } = this.#options;
    const { code, message, cause } = error as LevelError;
    const text = cause?.message ?? message;
    const isDamage =
      [code, cause?.code].includes("LEVEL_CORRUPTION") || (text.includes(directory) && MISSING_OR_SHORT.test(text));
    if (isDamage) return new StateCorruptedError(taskId, directory, { cause: error });
    if (text.startsWith("IO error")) return new StateOpenError(directory, { cause: error });
    return error as Error;
  }

  /**
   * `getSync` writes the key into a buffer that grows when a key fills it to the last byte. A two-byte character that
   * straddles the end is left out instead, and the wrong key is looked up. An ASCII key of twice the length makes the
   * buffer grow for sure.
   */
  #makeRoom(keyLength: number): void {
    this.#level.getSync("~".repeat(keyLength * 2));
    this.#roomForKeys = keyLength;
  }
}
