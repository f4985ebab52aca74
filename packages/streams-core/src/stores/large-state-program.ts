// The child of large-state.process.ts: `DIRECTORY KIND ROWS` writes so many rows of 16 KiB into a store on LevelDB, a
// commit now and then, opens the store again, and reads rows by key. Prints how many of those it looked for it found, and its greatest size in MiB.
import { leveldbBackend, type TaskState } from "@millrace/state-stores";
import { Windowed, type SessionStore, type VersionedKeyValueStore, type WindowStore } from "../model/index.js";
import { serdes } from "../serde/index.js";
import {
  CurrentRecord,
  openStore,
  RecordCache,
  sessionStore,
  versionedKeyValueStore,
  windowStore,
  type OpenStore,
} from "./index.js";

const VALUE_BYTES = 16_384;
const ROWS_PER_COMMIT = 200;
const LOOKED_FOR = 500;
const KEPT_MS = 3_600_000;
const strings = { name: "s", key: serdes.string, value: serdes.bytes };

const [directory = "", kind = "", rowCount = "0"] = process.argv.slice(2);
const rows = Number(rowCount);
const keyOf = (index: number): string => `key-${index % (rows / 4)}`;
const timeOf = (index: number): number => index * 10;

function builder() {
  if (kind === "session") return sessionStore({ ...strings, retentionMs: KEPT_MS });
  if (kind === "versioned") return versionedKeyValueStore({ ...strings, historyRetentionMs: KEPT_MS });
  return windowStore({ ...strings, retainDuplicates: true, retentionMs: KEPT_MS, windowSizeMs: 10 });
}

const opened = (state: TaskState): OpenStore =>
  openStore(builder(), {
    rows: state.store("s"),
    topic: "app-s-changelog",
    changelog: null,
    cache: new RecordCache(0),
    current: new CurrentRecord(),
    persistent: true,
  });

function put(open: OpenStore, index: number): void {
  const value = new Uint8Array(VALUE_BYTES).fill(index);
  const [key, timeMs] = [keyOf(index), timeOf(index)];
  if (kind === "session")
    (open.store as SessionStore<string, Uint8Array>).put(new Windowed(key, timeMs, timeMs), value);
  else if (kind === "versioned") (open.store as VersionedKeyValueStore<string, Uint8Array>).put(key, value, timeMs);
  else (open.store as WindowStore<string, Uint8Array>).put(key, value, timeMs);
}

function isFound(open: OpenStore, index: number): boolean {
  const [key, timeMs] = [keyOf(index), timeOf(index)];
  const isIts = (value: Uint8Array | undefined): boolean => value?.[VALUE_BYTES - 1] === index % 256;
  if (kind === "session") {
    const found = (open.store as SessionStore<string, Uint8Array>).findSessions(key, timeMs, timeMs);
    return isIts([...found].find(({ key: window }) => window.startMs === timeMs)?.value);
  }
  if (kind === "versioned")
    return isIts((open.store as VersionedKeyValueStore<string, Uint8Array>).get(key, timeMs)?.value);
  return isIts([...(open.store as WindowStore<string, Uint8Array>).fetch(key, timeMs, timeMs)][0]?.value);
}

async function commit(open: OpenStore, state: TaskState): Promise<void> {
  open.flush();
  state.freeze();
  await state.commitFrozen(new Map(), { clusterId: "c", committedAtMs: 0 });
}

const backend = await leveldbBackend({ dir: directory, cacheBytes: 16 << 20 });
let state = await backend.open("0_0");
let open = opened(state);
for (let index = 0; index < rows; index++) {
  put(open, index);
  if (index % ROWS_PER_COMMIT === 0) await commit(open, state);
}
await commit(open, state);
await state.close();
state = await backend.open("0_0");
open = opened(state);
let found = 0;
for (let at = 0; at < LOOKED_FOR; at++) if (isFound(open, Math.floor((at * rows) / LOOKED_FOR))) found++;
await backend.close();
process.stdout.write(JSON.stringify({ found, peakMib: process.resourceUsage().maxRSS / 1024 }));
