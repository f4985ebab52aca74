import { keyBytes, type BytesStore, type StoreKey } from "@millrace/state-stores";
import type { Serde, StoreBuilder, UnmatchedRow, UnmatchedStore } from "../../model/index.js";
import type { ChangelogWriter } from "../changelog-writer.js";
import type { CurrentRecord } from "../current-record.js";
import { KeyCodec } from "../key-codec.js";
import { timeIn, timeText } from "../segmented/time-text.js";
import type { StoreContext } from "../store-context.js";
import { SideRows } from "./side-rows.js";
import { valuesOf, withValue } from "./value-list.js";

const TIME_BYTES = 8;
const LEFT = "\u0001";
const RIGHT = "\u0000";
const HEAD_BYTES = TIME_BYTES + 1;

interface Sides {
  readonly left: SideRows;
  readonly right: SideRows;
}

/**
 * {@link UnmatchedStore} over an engine: time, side and key as the row's key, a list as its value, as in Kafka Streams.
 * The keys of the rows are held in memory as well, which makes every read a point read.
 */
export class UnmatchedRows<K, L, R> implements UnmatchedStore<K, L, R> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly rows: BytesStore;
  private readonly codec: KeyCodec<K>;
  private readonly left: Serde<L>;
  private readonly right: Serde<R>;
  private readonly topic: string;
  private readonly changelog: ChangelogWriter | null;
  private readonly current: CurrentRecord;
  private heldSides: Sides | null = null;

  constructor(builder: StoreBuilder, { rows, topic, changelog, current, persistent }: StoreContext) {
    this.name = builder.name;
    this.persistent = persistent;
    this.rows = rows;
    this.codec = new KeyCodec(builder.key as Serde<K>, topic, builder.name);
    this.left = builder.value as Serde<L>;
    this.right = (builder.otherValue ?? builder.value) as Serde<R>;
    this.topic = topic;
    this.changelog = changelog;
    this.current = current;
  }

  add(key: K, timestampMs: number, isLeft: boolean, value: L | R): void {
    const side = this.side(isLeft);
    const row = this.rowKey(key, timestampMs, isLeft);
    const bytes = this.serde(isLeft).serialize(this.topic, value);
    this.put(row, withValue(side.has(row) ? this.rows.get(row) : null, isLeft, bytes));
    side.add(row);
  }

  remove(key: K, timestampMs: number, isLeft: boolean): void {
    const side = this.side(isLeft);
    if (side.size === 0) return;
    const row = this.rowKey(key, timestampMs, isLeft);
    if (side.remove(row)) this.put(row, null);
  }

  oldestMs(isLeft: boolean): number {
    const row = this.side(isLeft).first();
    return row === null ? Infinity : timeIn(row, 0);
  }

  newestMs(isLeft: boolean): number {
    const row = this.side(isLeft).last();
    return row === null ? -1 : timeIn(row, 0);
  }

  behindOldestMs(): number {
    const [leftMs, rightMs] = [this.oldestMs(true), this.oldestMs(false)];
    const isLeftLast = leftMs >= rightMs;
    const same = this.side(isLeftLast).second();
    // At one time right rows come before left ones.
    const other = this.side(!isLeftLast).firstFrom(timeText(isLeftLast ? leftMs + 1 : rightMs));
    const sameMs = same === null ? Infinity : timeIn(same, 0);
    const otherMs = other === null ? Infinity : timeIn(other, 0);
    const behindMs = Math.min(sameMs, otherMs);
    return behindMs === Infinity ? -1 : behindMs;
  }

  oldest(isLeft: boolean): UnmatchedRow<K, L, R> {
    const row = this.side(isLeft).first()!;
    const serde = this.serde(isLeft);
    return {
      key: this.codec.fromStoreKey(row.slice(HEAD_BYTES)),
      timestampMs: timeIn(row, 0),
      isLeft,
      values: valuesOf(this.rows.get(row)!).map((bytes) => serde.deserialize(this.topic, bytes)),
    };
  }

  /** Reads the keys anew at the next call: the rows were changed from outside, by a restore. */
  forgetKeys(): void {
    this.heldSides = null;
  }

  private side(isLeft: boolean): SideRows {
    const sides = (this.heldSides ??= this.readSides());
    return isLeft ? sides.left : sides.right;
  }

  private readSides(): Sides {
    const sides = { left: new SideRows(), right: new SideRows() };
    for (const { key } of this.rows.iterate({ from: null, to: null, reverse: false })) {
      (key.charAt(TIME_BYTES) === LEFT ? sides.left : sides.right).add(key);
    }
    return sides;
  }

  private serde(isLeft: boolean): Serde<L | R> {
    return (isLeft ? this.left : this.right) as Serde<L | R>;
  }

  private rowKey(key: K, timestampMs: number, isLeft: boolean): StoreKey {
    return timeText(timestampMs) + (isLeft ? LEFT : RIGHT) + this.codec.toStoreKey(key);
  }

  private put(row: StoreKey, list: Uint8Array | null): void {
    this.rows.put(row, list);
    this.changelog?.write(keyBytes(row), list, this.current.timestamp);
  }
}
