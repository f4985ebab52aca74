import type { TaskListener, WatchedTask } from "../../runtime/task-listener.js";
import type { OpenStore } from "../../stores/index.js";
import type { ChangeFeed } from "./change-feed.js";

/** The feeds of an app, by store. Without any, a task costs a look-up when it starts, commits and stops. */
export class AppChanges implements TaskListener {
  readonly #feeds = new Map<string, Set<ChangeFeed>>();
  readonly #tasks = new Set<WatchedTask>();
  #end: { readonly error: unknown } | null = null;

  /** Tells `feed` of the store's changes from now on, in all tasks that run or will. */
  add(store: string, feed: ChangeFeed): void {
    if (this.#end !== null) return feed.finish(this.#end.error);
    const feeds = this.#feeds.get(store) ?? new Set();
    this.#feeds.set(store, feeds.add(feed));
    for (const task of this.#tasks) {
      const open = task.openStore(store);
      if (open === undefined) continue;
      this.#watch(task, open, feeds);
      feed.follow(task, open);
    }
  }

  remove(store: string, feed: ChangeFeed): void {
    feed.close();
    const feeds = this.#feeds.get(store);
    if (feeds === undefined || !feeds.delete(feed) || feeds.size > 0) return;
    this.#feeds.delete(store);
    for (const task of this.#tasks) task.openStore(store)?.watch?.(null);
  }

  /** The app has ended; `error`: what it failed with, if it did. */
  finish(error: unknown): void {
    this.#end = { error };
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.finish(error);
    this.#feeds.clear();
  }

  onRun(task: WatchedTask): void {
    this.#tasks.add(task);
    for (const [store, feeds] of this.#feeds) {
      const open = task.openStore(store);
      if (open === undefined) continue;
      this.#watch(task, open, feeds);
      for (const feed of feeds) feed.follow(task, open);
    }
  }

  onCommitted(task: WatchedTask): void {
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.committed(task);
  }

  onStop(task: WatchedTask): void {
    this.#tasks.delete(task);
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed.forget(task);
  }

  #watch(task: WatchedTask, open: OpenStore, feeds: ReadonlySet<ChangeFeed>): void {
    open.watch?.((key, value, timestamp) => {
      for (const feed of feeds) feed.changed(task, key, value, timestamp);
    });
  }
}
