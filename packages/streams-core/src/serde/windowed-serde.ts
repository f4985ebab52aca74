import { partitionOfKey } from "@millrace/kafka-client";
import { Windowed, type Serde, type StreamPartitioner } from "../model/index.js";
import { ownMemory, ReusedMemory, type ByteMemory } from "./byte-memory.js";
import { CompoundSerde } from "./compound-serde.js";
import { keySerdeOf } from "./key-serde-of.js";
import { SerializationError, wrongValue } from "./serialization-error.js";
import { serializeTo, writeTo, type WritingSerde } from "./serialize-to.js";

const TIME_BYTES = 8;
/** For keys that are copied into the windowed one at once. */
const innerMemory = new ReusedMemory();
/** Up to here a loop beats the call of `set`. */
const LOOP_BYTES = 32;

/** How the times of a window are kept behind the key. */
interface WindowCodec {
  readonly name: string;
  /** Bytes behind the key. */
  readonly tailBytes: number;
  write(bytes: Uint8Array, at: number, window: Windowed<unknown>): void;
  read<K>(key: K, view: DataView, at: number): Windowed<K>;
}

const WORD = 2 ** 32;

const readTime = (view: DataView, at: number): number => view.getInt32(at) * WORD + view.getUint32(at + 4);

function writeTime(bytes: Uint8Array, at: number, timeMs: number): void {
  const high = Math.floor(timeMs / WORD);
  const low = timeMs >>> 0;
  bytes[at] = high >> 24;
  bytes[at + 1] = high >> 16;
  bytes[at + 2] = high >> 8;
  bytes[at + 3] = high;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = low >>> 16;
  bytes[at + 6] = low >>> 8;
  bytes[at + 7] = low;
}

/**
 * Keys of time windows as Kafka Streams writes them: the key, then the start as 8 bytes. The end is the start plus
 * `sizeMs` on reading; give the size of the windows (of sliding windows, their time difference).
 */
export function timeWindowedSerde<K>(inner: Serde<K>, sizeMs: number): Serde<Windowed<K>> {
  return new WindowedSerde(inner, {
    name: "time-windowed",
    tailBytes: TIME_BYTES,
    write: (bytes, at, { startMs }) => writeTime(bytes, at, startMs),
    read(key, view, at) {
      const startMs = readTime(view, at);
      return new Windowed(key, startMs, startMs + sizeMs);
    },
  });
}

/** Keys of sessions as Kafka Streams writes them: the key, then end and start as 8 bytes each. */
export function sessionWindowedSerde<K>(inner: Serde<K>): Serde<Windowed<K>> {
  return new WindowedSerde(inner, {
    name: "session-windowed",
    tailBytes: 2 * TIME_BYTES,
    write(bytes, at, { startMs, endMs }) {
      writeTime(bytes, at, endMs);
      writeTime(bytes, at + TIME_BYTES, startMs);
    },
    read: (key, view, at) => new Windowed(key, readTime(view, at + TIME_BYTES), readTime(view, at)),
  });
}

class WindowedSerde<K> extends CompoundSerde<Windowed<K>> implements WritingSerde<Windowed<K>> {
  /** Serde of the key without its window. */
  readonly inner: Serde<K>;
  readonly #codec: WindowCodec;

  constructor(inner: Serde<K>, codec: WindowCodec) {
    super(`${codec.name} ${inner.name}`, [inner as Serde<unknown>]);
    this.inner = inner;
    this.#codec = codec;
  }

  serialize(topic: string, value: Windowed<K>): Uint8Array {
    return this[writeTo](topic, value, ownMemory);
  }

  [writeTo](topic: string, value: Windowed<K>, memory: ByteMemory): Uint8Array {
    if (!(value instanceof Windowed)) throw wrongValue(this.name, topic, "a Windowed key", value);
    const key = serializeTo(this.inner, topic, value.key, innerMemory);
    const { length } = key;
    const bytes = memory.of(length + this.#codec.tailBytes);
    if (length > LOOP_BYTES) bytes.set(key);
    else for (let index = 0; index < length; index++) bytes[index] = key[index]!;
    this.#codec.write(bytes, length, value);
    return bytes;
  }

  deserialize(topic: string, bytes: Uint8Array): Windowed<K> {
    const keyBytes = bytes.length - this.#codec.tailBytes;
    if (keyBytes < 0) {
      const what = `${bytes.length} bytes are too few for a window; the topic was written with another serde, or the record is corrupt.`;
      throw new SerializationError({ serde: this.name, topic, what });
    }
    const key = this.inner.deserialize(topic, bytes.subarray(0, keyBytes));
    return this.#codec.read(key, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), keyBytes);
  }

  forKeys(): Serde<Windowed<K>> {
    const inner = keySerdeOf(this.inner);
    return inner === this.inner ? this : new WindowedSerde(inner, this.#codec);
  }
}

/** T10: all windows of a key go to the partition of the key alone. Undefined for serdes of other keys. */
export function windowedPartitioner(serde: Serde<unknown>): StreamPartitioner | undefined {
  if (!(serde instanceof WindowedSerde)) return undefined;
  const { inner } = serde as WindowedSerde<unknown>;
  return (topic, key, _value, partitionCount) => {
    if (key === null) return undefined;
    if (partitionCount === 1) return 0;
    return partitionOfKey(inner.serialize(topic, (key as Windowed<unknown>).key), partitionCount);
  };
}
