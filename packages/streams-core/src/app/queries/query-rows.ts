import type { Clock, Environment } from "@millrace/kernel";

/** Rows of a snapshot that is open. */
export interface RowReader<R> {
  /** Undefined at the end. Throws StoreMovedError when what it reads has gone. */
  next(): R | undefined;
  close(): void;
}

const CHUNK_ROWS_MAX = 1_024;
/** Half a turn of the app's loop: reading a lot slows processing down, and does not stop it. */
const CHUNK_MS_MAX = 5;

/**
 * Rows of a snapshot, taken when iteration begins: what is written later is not seen. They come in chunks, so that there
 * is one `await` for each of them and none for a row; between chunks the app goes on processing. Leaving the loop closes
 * the snapshot. Each iteration takes a snapshot of its own.
 *
 * ```ts
 * for await (const rows of app.store(wordCounts).all()) {
 *   for (const { key, value } of rows) console.log(key, value);
 * }
 * ```
 */
export class QueryRows<R> implements AsyncIterable<readonly R[]> {
  readonly #chunks: () => AsyncGenerator<readonly R[], void, void>;

  /** Made by the queries of a store. */
  constructor(chunks: () => AsyncGenerator<readonly R[], void, void>) {
    this.#chunks = chunks;
  }

  [Symbol.asyncIterator](): AsyncGenerator<readonly R[], void, void> {
    return this.#chunks();
  }

  /** All of them at once: for ranges that are known to be short. */
  async toArray(): Promise<R[]> {
    const all: R[] = [];
    for await (const rows of this) for (const row of rows) all.push(row);
    return all;
  }
}

/** Rows read in this thread: chunks of a bounded size, read in a bounded time. */
export async function* chunksOf<R>(
  { clock, scheduler }: Environment,
  open: () => RowReader<R>,
): AsyncGenerator<readonly R[], void, void> {
  const rows = open();
  try {
    for (let chunk = chunkOf(clock, rows); chunk.length > 0; chunk = chunkOf(clock, rows)) {
      yield chunk;
      await scheduler.yield();
    }
  } finally {
    rows.close();
  }
}

function chunkOf<R>(clock: Clock, rows: RowReader<R>): R[] {
  const endMs = clock.monotonicMs() + CHUNK_MS_MAX;
  const chunk: R[] = [];
  do {
    const row = rows.next();
    if (row === undefined) break;
    chunk.push(row);
  } while (chunk.length < CHUNK_ROWS_MAX && (chunk.length % 32 !== 0 || clock.monotonicMs() < endMs));
  return chunk;
}
