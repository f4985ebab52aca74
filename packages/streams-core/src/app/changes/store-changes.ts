import type { Scheduler } from "@millrace/kernel";
import type { Observable, Subscriber } from "rxjs";
import { rxjs } from "../observables/load-rxjs.js";
import type { ChangeFeed } from "./change-feed.js";
import type { StoreChange } from "./store-change.js";

/** Where feeds are fed. */
export interface FeedSource {
  readonly scheduler: Scheduler;
  /** A feed that is fed from now on. */
  readonly connect: () => ChangeFeed;
  readonly disconnect: (feed: ChangeFeed) => void;
}

/**
 * The changes of a store, as an async iterable and as an observable: each loop and each subscription begins with the rows
 * that are there. Leaving the loop, or unsubscribing, ends it.
 *
 * ```ts
 * for await (const { key, value } of app.changes(wordCounts)) console.log(key, value);
 * ```
 */
export class StoreChanges<K, V> implements AsyncIterable<StoreChange<K, V>> {
  readonly #source: FeedSource;
  #observable: Observable<StoreChange<K, V>> | null = null;

  /** Made by `app.changes`. */
  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** One change after the other, as fast as they are taken; those that wait are bounded by the options. Ends with the app. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StoreChange<K, V>, void, void> {
    const { scheduler, connect, disconnect } = this.#source;
    const feed = connect();
    try {
      for await (const part of feed.parts(scheduler)) yield* part as readonly StoreChange<K, V>[];
    } finally {
      disconnect(feed);
    }
  }

  /** The same as an rxjs Observable, which completes when the app is closed, and errs when it fails. */
  get observable(): Observable<StoreChange<K, V>> {
    const { scheduler, connect, disconnect } = this.#source;
    this.#observable ??= new (rxjs().Observable)<StoreChange<K, V>>((subscriber) => {
      const feed = connect();
      void pump(feed.parts(scheduler), subscriber);
      return () => disconnect(feed);
    });
    return this.#observable;
  }
}

async function pump<C>(parts: AsyncIterable<readonly unknown[]>, subscriber: Subscriber<C>): Promise<void> {
  try {
    for await (const part of parts) {
      for (const change of part as readonly C[]) {
        if (subscriber.closed) return;
        subscriber.next(change);
      }
    }
    subscriber.complete();
  } catch (error) {
    subscriber.error(error);
  }
}
