export { leveldbBackend, type LeveldbBackendOptions } from "./backend/leveldb-backend.js";
export { memoryBackend, type MemoryBackendOptions } from "./backend/memory-backend.js";
export { memoryTaskState } from "./backend/memory-task-state.js";
export type * from "./contract/index.js";
export {
  StateClosedError,
  StateCorruptedError,
  StateFormatError,
  StateLockedError,
  StateMisuseError,
  StateOpenError,
  StateWriteError,
} from "./errors.js";
export { ALL_KEYS, compareKeys, inRange, keyAfter, prefixEnd, prefixRange } from "./keys/key-range.js";
export { keyBytes, storeKey, writeKey } from "./keys/store-key.js";
export { RestoredRows } from "./restoring/restored-rows.js";
