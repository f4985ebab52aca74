import { Buffer } from "node:buffer";

/** What is kept beside a committed offset (T3). */
export interface OffsetMetadata {
  /** Greatest timestamp taken from the partition; -1 before the first record. */
  readonly partitionTimeMs: number;
  /** Times kept by operators, by name, such as the last close time of a windowed aggregation that emits on close. */
  readonly operatorTimesMs: ReadonlyMap<string, number>;
}

const VERSION_TIME_ONLY = 1;
const VERSION = 2;
const HEAD_BYTES = 9;
const LONG_BYTES = 8;
const INT_BYTES = 4;
const NO_TIMES: ReadonlyMap<string, number> = new Map();
const UNKNOWN: OffsetMetadata = Object.freeze({ partitionTimeMs: -1, operatorTimesMs: NO_TIMES });

/** Kafka Streams' own text: base64 of version 2, the time in 8 bytes and, unless empty, the map. */
export function encodeOffsetMetadata(partitionTimeMs: number, operatorTimesMs = NO_TIMES): string {
  let length = HEAD_BYTES + (operatorTimesMs.size > 0 ? INT_BYTES : 0);
  for (const name of operatorTimesMs.keys()) length += INT_BYTES + Buffer.byteLength(name) + LONG_BYTES;
  const bytes = Buffer.alloc(length);
  bytes[0] = VERSION;
  let at = writeLong(bytes, partitionTimeMs, 1);
  if (operatorTimesMs.size > 0) at = bytes.writeInt32BE(operatorTimesMs.size, at);
  for (const [name, timeMs] of operatorTimesMs) {
    const nameLength = bytes.write(name, at + INT_BYTES);
    at = bytes.writeInt32BE(nameLength, at) + nameLength;
    at = writeLong(bytes, timeMs, at);
  }
  return bytes.toString("base64");
}

/** Reads what Kafka Streams or we wrote. Anything else, such as another program's text, counts as nothing known. */
export function decodeOffsetMetadata(text: string | null | undefined): OffsetMetadata {
  if (!text) return UNKNOWN;
  const bytes = Buffer.from(text, "base64");
  const version = bytes[0];
  if (bytes.length < HEAD_BYTES || (version !== VERSION && version !== VERSION_TIME_ONLY)) return UNKNOWN;
  const partitionTimeMs = readLong(bytes, 1);
  if (!Number.isSafeInteger(partitionTimeMs)) return UNKNOWN;
  const withMap = version === VERSION && bytes.length > HEAD_BYTES;
  return { partitionTimeMs, operatorTimesMs: withMap ? readTimes(bytes) : NO_TIMES };
}

function readTimes(bytes: Buffer): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  if (bytes.length < HEAD_BYTES + INT_BYTES) return times;
  let at = HEAD_BYTES + INT_BYTES;
  for (let left = bytes.readInt32BE(HEAD_BYTES); left > 0; left--) {
    if (at + INT_BYTES > bytes.length) return NO_TIMES;
    const nameAt = at + INT_BYTES;
    const nameEnd = nameAt + bytes.readInt32BE(at);
    if (nameEnd < nameAt || nameEnd + LONG_BYTES > bytes.length) return NO_TIMES;
    times.set(bytes.toString("utf8", nameAt, nameEnd), readLong(bytes, nameEnd));
    at = nameEnd + LONG_BYTES;
  }
  return times;
}

function writeLong(bytes: Buffer, value: number, at: number): number {
  bytes.writeInt32BE(Math.floor(value / 2 ** 32), at);
  return bytes.writeUInt32BE(value >>> 0, at + INT_BYTES);
}

function readLong(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + INT_BYTES);
}
