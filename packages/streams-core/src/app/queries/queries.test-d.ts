import type { Observable } from "rxjs";
import {
  queryable,
  serdes,
  type KeyMetadata,
  type KeyValue,
  type QueryRows,
  type StoreChange,
  type StreamsApp,
  type ValueAndTimestamp,
  type VersionedRecord,
  type Windowed,
} from "../../index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<T extends true>(): T;
declare const app: StreamsApp;

// The handle says it all: no annotation where it is used.
const counts = app.store(queryable.keyValue<string, number>("counts"));
const count = counts.get("a");
same<Equal<typeof count, Promise<number | null>>>();
const some = counts.range({ from: "a", reverse: true });
same<Equal<typeof some, QueryRows<KeyValue<string, number>>>>();
counts.prefixScan(1, serdes.int);
// @ts-expect-error -- the key is a string
counts.get(1);
// @ts-expect-error -- no window store
counts.fetch("a", 0, 1);

const timed = app.store(queryable.timestampedKeyValue<string, number>("counts"), { staleStores: true }).get("a");
same<Equal<typeof timed, Promise<ValueAndTimestamp<number> | null>>>();

const visits = app.store(queryable.window<string, number>("visits"), { partition: 1 });
const byStart = visits.fetch("a", 0, 10);
same<Equal<typeof byStart, QueryRows<KeyValue<number, number>>>>();
const byWindow = visits.fetchAll(0, 10).toArray();
same<Equal<typeof byWindow, Promise<KeyValue<Windowed<string>, number>[]>>>();
// @ts-expect-error -- a window needs its times
visits.fetch("a");

const sessions = app.store(queryable.session<string, number>("sessions")).findSessions("a", 0, 1);
same<Equal<typeof sessions, QueryRows<KeyValue<Windowed<string>, number>>>>();
const price = app.store(queryable.versioned<string, number>("prices")).get("a", 10);
same<Equal<typeof price, Promise<VersionedRecord<number> | null>>>();

// A key is what rows are partitioned by, a change has the row's own key.
const where = app.metadataForKey(queryable.window<string, number>("visits"), "a", {
  partitioner: (_, key) => key.length,
});
same<Equal<typeof where, Promise<KeyMetadata>>>();
// @ts-expect-error -- the key is a string
void app.metadataForKey(queryable.window<string, number>("visits"), 1);
const changes = app.changes(queryable.window<string, number>("visits"), { overflow: "latestPerKey" });
same<Equal<typeof changes.observable, Observable<StoreChange<Windowed<string>, number>>>>();
// @ts-expect-error -- no such way
app.changes(queryable.window<string, number>("visits"), { overflow: "wait" });
