import type { StoreKey } from "@millrace/state-stores";
import type { RecordContext } from "../../model/index.js";
import { ByteReader, ByteWriter, contextBytesSize, readContext, writeContext } from "./record-context-bytes.js";

const LONG_BYTES = 8;
const INT_BYTES = 4;
/** Instead of the length of an old value that is the same as the prior one. */
const SAME_AS_PRIOR = -2;
/** A window without end; in Kafka Streams the greatest long. */
const NO_END_HIGH = 0x7fffffff;

/** The update of a key that waits. */
export interface BufferedRow {
  readonly key: StoreKey;
  /** That of the key's first update. */
  readonly timeMs: number;
  /** The row before the first update that waits. */
  readonly prior: Uint8Array | null;
  /** The row before the last update; the same object as `prior` when the bytes are equal. */
  readonly old: Uint8Array | null;
  readonly new: Uint8Array | null;
  readonly context: RecordContext;
}

/** Size of the row in bytes as Kafka Streams reckons it. */
export function rowSize({ key, prior, old, new: newValue, context }: BufferedRow): number {
  let size = LONG_BYTES + key.length + lengthOf(prior) + (old === prior ? 0 : lengthOf(old)) + lengthOf(newValue);
  size += 2 * LONG_BYTES + INT_BYTES + context.topic.length;
  for (const header of context.headers) size += header.key.length + lengthOf(header.value);
  return size;
}

/** The row as its changelog has it: context, prior, old and new value, time (version 3 of Kafka Streams' format). */
export function rowBytes({ prior, old, new: newValue, context, timeMs }: BufferedRow): Uint8Array {
  const isSame = old !== null && old === prior;
  const values = lengthOf(prior) + (isSame ? 0 : lengthOf(old)) + lengthOf(newValue);
  const to = new ByteWriter(contextBytesSize(context) + 3 * INT_BYTES + values + LONG_BYTES);
  writeContext(context, to);
  to.sized(prior);
  if (isSame) to.int(SAME_AS_PRIOR);
  else to.sized(old);
  to.sized(newValue);
  writeTime(timeMs, to);
  return to.bytes;
}

/** The row of a key that {@link rowBytes} wrote; values are views. */
export function readRow(key: StoreKey, bytes: Uint8Array): BufferedRow {
  const from = new ByteReader(bytes);
  const context = readContext(from);
  const prior = from.sized();
  const oldLength = from.int();
  const read = oldLength < 0 ? null : from.raw(oldLength);
  const old = oldLength === SAME_AS_PRIOR ? prior : read;
  const newValue = from.sized();
  return { key, timeMs: readTime(from), prior, old, new: newValue, context };
}

function lengthOf(bytes: Uint8Array | null): number {
  return bytes === null ? 0 : bytes.length;
}

function writeTime(timeMs: number, to: ByteWriter): void {
  if (timeMs !== Infinity) return to.long(timeMs);
  to.int(NO_END_HIGH);
  to.int(-1);
}

function readTime(from: ByteReader): number {
  const timeMs = from.long();
  return timeMs > Number.MAX_SAFE_INTEGER ? Infinity : timeMs;
}
