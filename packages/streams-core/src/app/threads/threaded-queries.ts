import type { Serde } from "../../model/index.js";
import { QueryRows } from "../queries/query-rows.js";
import type { Queryable, QueryKind, StoreShape } from "../queries/queryable.js";
import type { QueryOptions } from "../queries/store-parts.js";
import type { AppThreadHandle } from "./app-thread-handle.js";
import type { AppThreadError } from "./thread-errors.js";
import { arrivedRow, ThreadQueryError, type CarriedRows, type StoreCall } from "./thread-queries.js";

const keyValue = { one: ["get", "approximateNumEntries"], rows: ["range", "all", "prefixScan"] };
const window = { one: ["get"], rows: ["fetch", "fetchRange", "fetchAll", "all"] };

/** The methods of each kind's queries: those with one answer, and those that give rows. */
const methodsOf: Readonly<Record<QueryKind, { readonly one: readonly string[]; readonly rows: readonly string[] }>> = {
  keyValue,
  timestampedKeyValue: keyValue,
  window,
  timestampedWindow: window,
  session: { one: ["get"], rows: ["fetch", "findSessions", "fetchRange"] },
  versioned: { one: ["get", "history"], rows: [] },
};

let lastCursor = 0;

/** The queries of a store whose partitions are shared out to threads. `threads` gives those that run, or throws. */
export function threadedQueries<S extends StoreShape>(
  table: Queryable<S>,
  threads: () => readonly AppThreadHandle[],
  options: QueryOptions,
): S["queries"] {
  const { one, rows } = methodsOf[table.kind];
  const plainTable: Queryable = { name: table.name, kind: table.kind };
  const callOf = (method: string, args: readonly unknown[]): StoreCall => ({
    ...{ table: plainTable, options, method },
    args: method === "prefixScan" ? prefixAsBytes(table.name, args) : args,
  });
  const queries: Record<string, unknown> = {};
  for (const method of one) {
    queries[method] = async (...args: readonly unknown[]) => answerOf(threads(), callOf(method, args));
  }
  for (const method of rows) {
    queries[method] = (...args: readonly unknown[]) => new QueryRows(() => rowsOf(threads(), callOf(method, args)));
  }
  return queries as S["queries"];
}

/** The one answer there is, of whichever thread has it. */
async function answerOf(threads: readonly AppThreadHandle[], call: StoreCall): Promise<unknown> {
  const answers = await those(call, threads, (thread) => thread.ask("query", { call: asked(call) }));
  if (call.method !== "approximateNumEntries")
    return answers.find(({ value }) => !isNothing(value))?.value ?? answers[0]?.value ?? null;
  const [first] = answers;
  return first?.isGlobal === true ? first.value : answers.reduce((sum, { value }) => sum + Number(value), 0);
}

/** The rows of all threads, one thread after the other; their snapshots are taken together. */
async function* rowsOf(
  threads: readonly AppThreadHandle[],
  call: StoreCall,
): AsyncGenerator<readonly unknown[], void, void> {
  const cursor = ++lastCursor;
  try {
    const opened = await those(call, threads, async (thread) => ({
      ...(await thread.ask("rows", { cursor, call: asked(call) })),
      thread,
    }));
    for (const { thread, first, isGlobal } of opened) {
      for (let chunk: CarriedRows | null = first; chunk !== null; chunk = await thread.ask("next-rows", { cursor }))
        yield chunk.map(arrivedRow);
      // Every thread has the whole of a global store.
      if (isGlobal) return;
    }
  } finally {
    for (const thread of threads) thread.tell({ kind: "leave-rows", cursor });
  }
}

/** What the threads answer. Where one partition is asked for, those that do not have it have nothing to say. */
async function those<T>(
  { options }: StoreCall,
  threads: readonly AppThreadHandle[],
  ask: (thread: AppThreadHandle) => Promise<T>,
): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(threads.map(ask));
  const answers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    const { code } = outcome.reason as Partial<AppThreadError>;
    const isElsewhere = options.partition !== undefined && code === "MILLRACE_STORE_MOVED" && answers.length > 0;
    if (!isElsewhere) throw outcome.reason;
  }
  return answers;
}

function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** Serdes do not cross: what they give for the prefix does. */
function prefixAsBytes(store: string, [prefix, serde, ...rest]: readonly unknown[]): readonly unknown[] {
  return [(serde as Serde<unknown>).serialize(store, prefix), ...rest];
}

/** Throws ThreadQueryError for what cannot cross. */
function asked(call: StoreCall): StoreCall {
  try {
    return structuredClone(call);
  } catch (cause) {
    throw new ThreadQueryError(
      `What ${call.method}() of store "${call.table.name}" is asked cannot cross to another thread: ${String(cause)} ` +
        "Ask with plain data, or in the module that the threads run.",
      { cause },
    );
  }
}
