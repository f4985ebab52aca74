import { InvalidArgumentError } from "../../model/index.js";

/** When results go on. */
export type AsyncOrder = "partition" | "key" | "none";

/** How a failed call is tried again. */
export interface AsyncRetries {
  /** Tries after the first one; default 0. */
  readonly max: number;
  /** Wait before the second try; it doubles with each further one. Default 100. */
  readonly backOffMs?: number;
  /** The longest wait. Default 10,000. */
  readonly maxBackOffMs?: number;
}

/** How an asynchronous operator calls. */
export interface AsyncOptions {
  /** Records of a task on their way at most, 1 or more; then the task takes no further ones. Default 16. */
  readonly concurrency?: number;
  /**
   * `partition` (default): calls overlap, results go on in the order of the records of each partition. `key`: calls of a
   * key follow each other, those of different keys overlap. `none`: results go on as they come.
   */
  readonly order?: AsyncOrder;
  /** Milliseconds after which a try has failed, with AsyncTimeoutError; its signal aborts. Default 30,000. */
  readonly timeoutMs?: number;
  /** Default: a call that fails is not tried again. */
  readonly retries?: AsyncRetries;
}

/** The options with their defaults. */
export interface AsyncSettings {
  readonly concurrency: number;
  readonly order: AsyncOrder;
  readonly timeoutMs: number;
  readonly retriesMax: number;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
}

const ORDERS: readonly string[] = ["partition", "key", "none"] satisfies readonly AsyncOrder[];

function requireWhole(what: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`${what} is ${value}, it must be a whole number of at least ${least}.`);
}

/** Fills in defaults. Throws InvalidArgumentError for numbers that make no sense. */
export function asyncSettings(options: AsyncOptions): AsyncSettings {
  const { concurrency = 16, order = "partition", timeoutMs = 30_000, retries = { max: 0 } } = options;
  const { max, backOffMs = 100, maxBackOffMs = 10_000 } = retries;
  if (!ORDERS.includes(order)) {
    throw new InvalidArgumentError(`order is ${String(order)}, it must be one of ${ORDERS.join(", ")}.`);
  }
  return Object.freeze({
    concurrency: requireWhole("concurrency", concurrency, 1),
    order,
    timeoutMs: requireWhole("timeoutMs", timeoutMs, 1),
    retriesMax: requireWhole("retries.max", max, 0),
    backOffMs: requireWhole("retries.backOffMs", backOffMs, 0),
    maxBackOffMs: requireWhole("retries.maxBackOffMs", maxBackOffMs, 0),
  });
}

/** How long the records on their way may take at most; by key, all of them may have to follow each other. */
export function longestWaitMs({ concurrency, order, timeoutMs, retriesMax, maxBackOffMs }: AsyncSettings): number {
  const callMs = timeoutMs * (retriesMax + 1) + maxBackOffMs * retriesMax;
  return order === "key" ? callMs * concurrency : callMs;
}
