import { MillraceError } from "@millrace/kernel";
import { Windowed } from "../../model/index.js";
import type { Queryable } from "../queries/queryable.js";
import type { QueryOptions } from "../queries/store-parts.js";
import { serdes } from "../../serde/index.js";
import type { StreamsApp } from "../streams-app.js";

/** A question to a store, on its way to a thread. */
export interface StoreCall {
  readonly table: Queryable;
  readonly options: QueryOptions;
  /** Of the store's queries. */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A row on its way between threads, where classes are lost: that of windowed keys is put back. */
export interface CarriedRow {
  readonly key: unknown;
  readonly value: unknown;
  readonly window: readonly [startMs: number, endMs: number] | null;
}

export type CarriedRows = readonly CarriedRow[];

interface Row {
  readonly key: unknown;
  readonly value: unknown;
}

type Queries = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** Answers questions to the stores of one thread's app. Rows are read a chunk at a time, each when it is asked for. */
export class ThreadQueries {
  readonly #app: StreamsApp;
  readonly #cursors = new Map<number, AsyncIterator<readonly Row[]>>();

  constructor(app: StreamsApp) {
    this.#app = app;
  }

  async ask(call: StoreCall): Promise<unknown> {
    return this.#call(call);
  }

  /** Takes a snapshot, and gives its first chunk; null: there is none. */
  async open(cursor: number, call: StoreCall): Promise<CarriedRows | null> {
    this.#cursors.set(cursor, (this.#call(call) as AsyncIterable<readonly Row[]>)[Symbol.asyncIterator]());
    return this.next(cursor);
  }

  /** The next chunk; null at the end. */
  async next(cursor: number): Promise<CarriedRows | null> {
    const { done = true, value = [] } = (await this.#cursors.get(cursor)?.next()) ?? {};
    if (!done) return (value as readonly Row[]).map(carriedRow);
    this.#cursors.delete(cursor);
    return null;
  }

  /** Closes the snapshot. */
  leave(cursor: number): void {
    void this.#cursors.get(cursor)?.return?.();
    this.#cursors.delete(cursor);
  }

  #call({ table, options, method, args }: StoreCall): unknown {
    const queries = this.#app.store(table, options) as Queries;
    // Serdes do not cross, what they made of the prefix did.
    const given = method === "prefixScan" ? [args[0], serdes.bytes, ...args.slice(1)] : args;
    return queries[method]!(...given);
  }
}

/** What was asked of, or read from, a store cannot cross from one thread to another. */
export class ThreadQueryError extends MillraceError {
  readonly code = "MILLRACE_THREAD_QUERY";
}

function carriedRow({ key, value }: Row): CarriedRow {
  return key instanceof Windowed
    ? { key: key.key, value, window: [key.startMs, key.endMs] }
    : { key, value, window: null };
}

/** The row where it arrives. */
export function arrivedRow({ key, value, window }: CarriedRow): Row {
  return { key: window === null ? key : new Windowed(key, window[0], window[1]), value };
}
