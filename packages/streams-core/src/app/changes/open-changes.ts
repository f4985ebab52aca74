import type { Environment } from "@millrace/kernel";
import { storeKey } from "@millrace/state-stores";
import { InvalidArgumentError, Windowed, type StoreBuilder } from "../../model/index.js";
import type { OpenStore } from "../../stores/index.js";
import type { Queryable, StoreShape } from "../queries/queryable.js";
import { rowItself, valueOf } from "../queries/shown-row.js";
import type { AppChanges } from "./app-changes.js";
import { ChangeFeed, type ChangeFeedOptions } from "./change-feed.js";
import { changesDefaults, type ChangesOptions } from "./store-change.js";
import { StoreChanges } from "./store-changes.js";

/** What changes need of their app. */
export interface ChangesContext {
  readonly changes: AppChanges;
  readonly environment: Environment;
  readonly exactlyOnce: boolean;
  /** Real name of the topic that the store's serdes are told. */
  readonly serdeTopic: string;
}

const LAST_MS = Number.MAX_SAFE_INTEGER;

/** The changes of the store that `builder` describes. Throws InvalidArgumentError. */
export function openChanges<S extends StoreShape>(
  { name, kind }: Queryable<S>,
  builder: StoreBuilder,
  { changes, environment, exactlyOnce, serdeTopic }: ChangesContext,
  options: ChangesOptions,
): StoreChanges<S["rowKey"], S["value"]> {
  const { bufferMax, overflow } = { ...changesDefaults, ...options };
  if (!(bufferMax >= 1)) throw new InvalidArgumentError(`bufferMax is ${bufferMax}. Give a number of at least 1.`);
  const dropped = environment.metrics.counter("stream-app", "changes-dropped-total", { store: name });
  const feedOptions: ChangeFeedOptions = {
    ...{ store: name, bufferMax, overflow },
    identityOf: identityOf(builder, serdeTopic),
    onDropped: (count) => dropped.add(count),
    committedOnly: exactlyOnce,
    show: kind === "timestampedKeyValue" || kind === "timestampedWindow" ? rowItself : valueOf,
    openRows,
  };
  return new StoreChanges({
    scheduler: environment.scheduler,
    connect: () => {
      const feed = new ChangeFeed(feedOptions);
      changes.add(name, feed);
      return feed;
    },
    disconnect: (feed) => changes.remove(name, feed),
  });
}

function openRows({ reads }: OpenStore): ReturnType<ChangeFeedOptions["openRows"]> {
  if (reads?.kind === "key-value") return reads.range(null, null, false);
  if (reads?.kind === "segmented") {
    return reads.rowsIn({ fromKey: null, toKey: null, fromMs: 0, toMs: LAST_MS, reverse: false });
  }
  if (reads?.kind === "versioned") return reads.latest();
  throw new InvalidArgumentError("A store without rows cannot be followed.");
}

function identityOf({ key: serde }: StoreBuilder, topic: string): (key: unknown) => string {
  return (key) =>
    key instanceof Windowed
      ? `${key.startMs} ${key.endMs} ${storeKey(serde.serialize(topic, key.key))}`
      : storeKey(serde.serialize(topic, key));
}
