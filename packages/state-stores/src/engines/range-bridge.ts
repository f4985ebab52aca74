import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";

import type { RangeReply, RangeRequest } from "./range-messages.js";

/** A worker that has not answered for so long is taken for dead. */
const REPLY_TIMEOUT_MS = 60_000;

/** Rows of one answer, packed as the worker describes. */
export interface RangeChunk {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Nothing follows, and the worker has let go of the iterator. */
  readonly done: boolean;
}

/** Where and which way to walk; bounds are whole database keys. */
export interface RangeQuery {
  readonly location: string;
  readonly gte: string;
  readonly lt: string;
  readonly reverse: boolean;
  /** Characters at the start of each key that the reader does not want to see. */
  readonly prefixLength: number;
}

/** What the worker could not do; `code` is LevelDB's, such as `LEVEL_CORRUPTION`. */
export class RangeReadError extends Error {
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

/**
 * Iterates LevelDB synchronously, which its own interface cannot: the thread that reads blocks until a worker thread,
 * which shares the database, has answered. One worker serves all tasks of a backend; it starts with the first range and
 * does not keep the process alive.
 */
export class RangeBridge {
  /** Counts answers; the reader sleeps on it. */
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #locations = new Set<string>();
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  #lastId = 0;

  /** Takes a snapshot and reads its first rows. The id is for `next` and `close`. */
  open(query: RangeQuery, limit: number): { readonly id: number; readonly chunk: RangeChunk } {
    this.#lastId += 1;
    this.#locations.add(query.location);
    const chunk = this.#ask({ kind: "open", id: this.#lastId, limit, ...query });
    return { id: this.#lastId, chunk };
  }

  next(id: number, limit: number): RangeChunk {
    return this.#ask({ kind: "next", id, limit });
  }

  /** Ends an iterator that was not read to its end. */
  close(id: number): void {
    this.#port?.postMessage({ kind: "close", id } satisfies RangeRequest);
  }

  /** Ends all iterators of a database and its handle in the worker. Must come before the reader closes its own. */
  release(location: string): void {
    if (this.#locations.delete(location)) this.#ask({ kind: "release", location });
  }

  /** Ends the worker. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#port?.close();
    this.#port = null;
    await worker?.terminate();
  }

  #ask(request: RangeRequest): RangeChunk {
    const port = this.#port ?? this.#start();
    let answers = Atomics.load(this.#signal, 0);
    port.postMessage(request);
    let received = receiveMessageOnPort(port);
    while (received === undefined) {
      if (Atomics.wait(this.#signal, 0, answers, REPLY_TIMEOUT_MS) === "timed-out") {
        throw new RangeReadError(`no answer from the range worker within ${REPLY_TIMEOUT_MS} ms`, null);
      }
      answers = Atomics.load(this.#signal, 0);
      received = receiveMessageOnPort(port);
    }
    const reply = received.message as RangeReply;
    if ("message" in reply) throw new RangeReadError(reply.message, reply.code);
    return { bytes: new Uint8Array(reply.bytes), count: reply.count, done: reply.done };
  }

  #start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(new URL("./range-worker.mjs", import.meta.url), {
      name: "millrace-range",
      workerData: { port: port2, signal: this.#signal },
      transferList: [port2],
      // Loaders of the parent have nothing to do in there.
      execArgv: [],
    });
    this.#worker.unref();
    port1.unref();
    this.#port = port1;
    return port1;
  }
}
