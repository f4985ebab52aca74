import type { RawHeaders, RawRecord, RecordCursor } from "../port/records.js";
import { decompress } from "./codecs/codecs.js";
import { CODEC_MASK, HEADER_BYTES, LOG_APPEND_TIME, type RecordBatch } from "./record-batch.js";
import { readHeaders } from "./record-headers.js";
import { VarintReader } from "./varint.js";

const EMPTY = new Uint8Array(0);

/**
 * The records of `batches` with offsets in `[from, to)`, one after the other, without an object per record.
 * Compressed batches are unpacked when the cursor enters them.
 */
export class BatchCursor implements RecordCursor {
  buffer: Uint8Array = EMPTY;
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  timestamp = 0;
  offset = 0;
  readonly #reader = new VarintReader(EMPTY, 0);
  readonly #batches: readonly RecordBatch[];
  readonly #from: number;
  readonly #to: number;
  #entered = 0;
  #remaining = 0;
  #nextRecord = 0;
  #headersAt = 0;
  #baseOffset = 0;
  #baseTimestamp = 0;
  #appendTime = -1;
  #lastRecord = 0;

  /** `before`: the cursor over the stretch that ends at `from`; when used up, its place is taken over without a scan. */
  constructor(batches: readonly RecordBatch[], from: number, to: number, before?: BatchCursor | null) {
    this.#batches = batches;
    this.#from = from;
    this.#to = to;
    if (before !== undefined && before !== null) this.#takeOver(before);
  }

  next(): boolean {
    const reader = this.#reader;
    for (;;) {
      if (this.#remaining === 0) {
        if (!this.#enter()) return false;
        continue;
      }
      this.#remaining--;
      reader.position = this.#lastRecord = this.#nextRecord;
      const length = reader.varint();
      this.#nextRecord = reader.position + length;
      reader.position++;
      const timestampDelta = reader.varlong();
      const offset = this.#baseOffset + reader.varint();
      if (offset < this.#from) continue;
      if (offset >= this.#to) return this.#stop();
      this.offset = offset;
      this.timestamp = this.#appendTime >= 0 ? this.#appendTime : this.#baseTimestamp + timestampDelta;
      const keyLength = reader.varint();
      const keyStart = reader.position;
      if (keyLength < 0) {
        this.keyStart = -1;
        this.keyEnd = -1;
      } else {
        this.keyStart = keyStart;
        reader.position = this.keyEnd = keyStart + keyLength;
      }
      const valueLength = reader.varint();
      const valueStart = reader.position;
      if (valueLength < 0) {
        this.valueStart = -1;
        this.valueEnd = -1;
        this.#headersAt = valueStart;
      } else {
        this.valueStart = valueStart;
        this.#headersAt = this.valueEnd = valueStart + valueLength;
      }
      return true;
    }
  }

  headers(): RawHeaders | null {
    return this.buffer[this.#headersAt] === 0 ? null : readHeaders(this.buffer, this.#headersAt);
  }

  record(): RawRecord {
    const buffer = this.buffer;
    return {
      offset: this.offset,
      timestamp: this.timestamp,
      key: this.keyStart < 0 ? null : buffer.subarray(this.keyStart, this.keyEnd),
      value: this.valueStart < 0 ? null : buffer.subarray(this.valueStart, this.valueEnd),
      headers: this.headers(),
    };
  }

  #enter(unpacked?: Uint8Array): boolean {
    const batch = this.#batches[this.#entered];
    if (batch === undefined) return false;
    this.#entered++;
    const codec = batch.attributes & CODEC_MASK;
    const records = batch.start + HEADER_BYTES;
    if (codec === 0) {
      this.buffer = batch.buffer;
      this.#nextRecord = records;
    } else {
      this.buffer = unpacked ?? decompress(codec, batch.buffer.subarray(records, batch.end));
      this.#nextRecord = 0;
    }
    this.#reader.buffer = this.buffer;
    this.#remaining = batch.recordCount;
    this.#baseOffset = batch.baseOffset;
    this.#baseTimestamp = batch.baseTimestamp;
    this.#appendTime = (batch.attributes & LOG_APPEND_TIME) !== 0 ? batch.maxTimestamp : -1;
    return true;
  }

  /** Stands before the record it must not hand out, ready to be taken over from there. */
  #stop(): boolean {
    this.#nextRecord = this.#lastRecord;
    this.#remaining++;
    return false;
  }

  #takeOver(before: BatchCursor): void {
    const batch = before.#batches[before.#entered - 1];
    if (batch === undefined || batch !== this.#batches[0] || before.#remaining === 0) return;
    this.#enter(before.buffer);
    this.#nextRecord = before.#nextRecord;
    this.#remaining = before.#remaining;
  }
}
