import { keyBytes, storeKey, writeKey, type StoreKey } from "@millrace/state-stores";
import { InvalidArgumentError, type Serde } from "../model/index.js";
import { serdes, type ByteMemory } from "../serde/index.js";
import type { CacheEntry } from "./cache-entry.js";

/** True when UTF-8, latin1 and the string itself agree. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** What a {@link RowTable} needs to know of its keys. */
export interface RowKeys<K> {
  toStoreKey(key: K): StoreKey;
  fromStoreKey(key: StoreKey): K;
  /** The key of a cached row. */
  fromEntry(entry: CacheEntry): K;
  /** The key of the row's changelog record. */
  changelogKey(key: StoreKey, memory: ByteMemory): Uint8Array;
}

/** Keys of a store to and from what the engine sorts by. An ASCII string under `serdes.string` is its own store key. */
export class KeyCodec<K> implements RowKeys<K> {
  private readonly serde: Serde<K>;
  private readonly topic: string;
  private readonly storeName: string;
  private readonly isString: boolean;

  constructor(serde: Serde<K>, topic: string, storeName: string) {
    this.serde = serde;
    this.topic = topic;
    this.storeName = storeName;
    this.isString = (serde as Serde<unknown>) === serdes.string;
  }

  /** Throws {@link InvalidArgumentError} for a null key. */
  toStoreKey(key: K): StoreKey {
    if (this.isString && typeof key === "string" && isAscii(key)) return key;
    if (key === null || key === undefined) {
      throw new InvalidArgumentError(`Store ${this.storeName} was asked for a null key. Filter null keys out before.`);
    }
    return storeKey(this.serde.serialize(this.topic, key));
  }

  fromStoreKey(key: StoreKey): K {
    if (this.isString && isAscii(key)) return key as K;
    return this.serde.deserialize(this.topic, keyBytes(key));
  }

  fromEntry({ storeKey: key }: CacheEntry): K {
    return this.fromStoreKey(key);
  }

  changelogKey(key: StoreKey, memory: ByteMemory): Uint8Array {
    const bytes = memory.of(key.length);
    writeKey(key, bytes, 0);
    return bytes;
  }
}
