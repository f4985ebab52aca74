import type { OpenStore, StoreReads } from "../../stores/index.js";
import { AppStateError } from "../app-errors.js";
import type { AppState } from "../app-state.js";
import type { AppRun } from "../app-run.js";
import type { StorePlace } from "./store-place.js";
import { StoreMovedError, StoreRebalancingError, StoreRestoringError } from "./query-errors.js";

/** Which of the store's partitions are read. */
export interface QueryOptions {
  /** This one alone (KIP-562). Default: all that are here. */
  readonly partition?: number;
  /**
   * Read what is there, however old: while tasks are shared out or restored, and from the standbys this instance keeps
   * (KIP-535). Default false.
   */
  readonly staleStores?: boolean;
}

/** A partition of a store that is here. */
export interface StorePart {
  /** Null: a global store, which has all. */
  readonly partition: number | null;
  readonly store: OpenStore;
  /** The reads are good for now: the task is still here, and in the same life. */
  readonly live: () => boolean;
}

/** What queries see of an app. */
export interface RunningApp {
  readonly state: AppState;
  /** Null unless it runs. */
  readonly runningWork: AppRun | null;
}

interface Found extends StorePart {
  readonly standing: "running" | "restoring" | "standby";
}

/** Finds the parts of a store that an app has, each time it is asked. */
export class StoreParts {
  readonly #place: StorePlace;
  readonly #app: RunningApp;
  readonly #options: QueryOptions;

  constructor(place: StorePlace, app: RunningApp, options: QueryOptions = {}) {
    this.#place = place;
    this.#app = app;
    this.#options = options;
  }

  get name(): string {
    return this.#place.name;
  }

  /** Throws AppStateError, StoreRebalancingError, StoreRestoringError and StoreMovedError. */
  find(): readonly StorePart[] {
    const { name, subtopology } = this.#place;
    const { runningWork: run, state } = this.#app;
    if (run === null) throw new AppStateError(`The app is ${state}: its stores can be read while it runs only.`);
    if (subtopology === null) return this.#globalPart(run);
    const { partition, staleStores = false } = this.#options;
    const found = partsOf(run, name, subtopology).filter((part) => (partition ?? part.partition) === part.partition);
    const running = found.filter(({ standing }) => standing === "running");
    if (staleStores) {
      if (partition !== undefined && found.length === 0) throw new StoreMovedError(name, partition);
      return withoutCopies(found);
    }
    const restoring = found.flatMap((part) => (part.standing === "restoring" ? [part.partition ?? 0] : []));
    if (restoring.length > 0) throw new StoreRestoringError(name, restoring);
    if (partition === undefined) {
      if (state !== "RUNNING") throw new StoreRebalancingError(name);
    } else if (running.length === 0) {
      throw state === "RUNNING" ? new StoreMovedError(name, partition) : new StoreRebalancingError(name);
    }
    return running;
  }

  /** Throws StoreMovedError when the part is not to be read any more. */
  require(part: StorePart): void {
    if (!part.live()) throw new StoreMovedError(this.#place.name, part.partition ?? 0);
  }

  #globalPart(run: AppRun): readonly StorePart[] {
    const store = run.globalStore(this.#place.name);
    if (store === undefined) throw new StoreRestoringError(this.#place.name, []);
    return [{ partition: null, store, live: () => this.#app.runningWork === run }];
  }
}

/** The reads of a part, of the kind that the store is known to have. */
export function readsOf<Q extends StoreReads>({ store }: StorePart): Q {
  return store.reads as StoreReads as Q;
}

function partsOf(run: AppRun, name: string, subtopology: number): readonly Found[] {
  const found: Found[] = [];
  for (const { tasks, assignment } of run.pool?.workers ?? []) {
    for (const task of tasks.tasks) {
      const { core, id } = task;
      const store = id.subtopology === subtopology ? core.openStore(name) : undefined;
      if (store === undefined || !task.open) continue;
      const { running } = task;
      const live = (): boolean => task.core === core && task.open && (!running || task.running);
      found.push({ partition: id.partition, store, standing: running ? "running" : "restoring", live });
    }
    const { standbys } = assignment;
    for (const task of standbys.tasks) {
      const store = task.id.subtopology === subtopology ? task.openStore(name) : undefined;
      if (store === undefined) continue;
      const live = (): boolean => standbys.tasks.includes(task);
      found.push({ partition: task.id.partition, store, standing: "standby", live });
    }
  }
  return found.sort((left, right) => (left.partition ?? 0) - (right.partition ?? 0));
}

const freshness = { running: 0, restoring: 1, standby: 2 } as const;

/** Each partition once: as it runs, else as it is restored, else as a standby. */
function withoutCopies(parts: readonly Found[]): readonly StorePart[] {
  const best = new Map<number | null, Found>();
  for (const part of parts) {
    const other = best.get(part.partition);
    if (other === undefined || freshness[part.standing] < freshness[other.standing]) best.set(part.partition, part);
  }
  return [...best.values()];
}
