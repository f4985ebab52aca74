import { MalformedPayloadError, PayloadLengthError, TruncatedPayloadError } from "../errors.js";

/** Messages nested deeper than this are nobody's. */
const DEPTH_MAX = 64;
const VARINT_BYTES_MAX = 5;

/** Where a message is in its file: the index among the file's messages, then among those nested in it, and so on. */
export type MessagePath = readonly number[];

/** Message indexes as records have them: a count and the indexes, zigzag varints; the first message is the one byte 0. */
export function writeMessagePath(path: MessagePath): Uint8Array {
  if (path.length === 1 && path[0] === 0) return Uint8Array.of(0);
  const bytes: number[] = [];
  for (const number of [path.length, ...path]) {
    let rest = number * 2;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

/** Reads message indexes from `offset`; `end` is where the message begins. */
export function readMessagePath(record: Uint8Array, offset: number): { path: MessagePath; end: number } {
  let at = offset;
  const next = (): number => {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      const byte = record[at++];
      if (byte === undefined) throw new TruncatedPayloadError("The record ends within its message indexes.");
      value += (byte & 0x7f) * 128 ** index;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new MalformedPayloadError("The record's message indexes are no numbers: it is damaged.");
  };
  const count = next();
  if (count === 0) return { path: [0], end: at };
  if (count < 0 || count > DEPTH_MAX)
    throw new PayloadLengthError(`The record claims a message nested ${count} deep: it is damaged.`);
  const path: number[] = [];
  while (path.length < count) path.push(next());
  return { path, end: at };
}
