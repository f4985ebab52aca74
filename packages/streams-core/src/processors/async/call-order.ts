import { sortedProperties } from "../../serde/index.js";
import type { AsyncOrder } from "./async-options.js";

/** What an order needs to know of a record on its way. */
export interface Ordered {
  readonly topic: string;
  readonly partition: number;
  readonly key: unknown;
  ended: boolean;
}

/** Says which call may begin, and which result may go on. */
export interface CallOrder<T extends Ordered> {
  add(record: T): void;
  /** The next record to call for; null: none for now. */
  takeStartable(): T | null;
  /** The record's call has ended, `ended` is set. */
  ended(record: T): void;
  /** The next record to go on; null: none for now. */
  takeDeliverable(): T | null;
}

class NoOrder<T extends Ordered> implements CallOrder<T> {
  protected readonly startable: T[] = [];
  protected readonly deliverable: T[] = [];

  add(record: T): void {
    this.startable.push(record);
  }

  takeStartable(): T | null {
    return this.startable.shift() ?? null;
  }

  ended(record: T): void {
    this.deliverable.push(record);
  }

  takeDeliverable(): T | null {
    return this.deliverable.shift() ?? null;
  }
}

/** Results wait for those of the records before them in their partition. */
class PartitionOrder<T extends Ordered> extends NoOrder<T> {
  readonly #lanes = new Map<string, T[]>();

  override add(record: T): void {
    super.add(record);
    const lane = laneOfPartition(record);
    const records = this.#lanes.get(lane);
    if (records === undefined) this.#lanes.set(lane, [record]);
    else records.push(record);
  }

  override ended(record: T): void {
    const lane = laneOfPartition(record);
    const records = this.#lanes.get(lane)!;
    while (records[0]?.ended === true) this.deliverable.push(records.shift()!);
    if (records.length === 0) this.#lanes.delete(lane);
  }
}

/** Calls wait for that of the record before them with their key. */
class KeyOrder<T extends Ordered> extends NoOrder<T> {
  readonly #lanes = new Map<unknown, T[]>();

  override add(record: T): void {
    const lane = laneOfKey(record.key);
    const records = this.#lanes.get(lane);
    if (records !== undefined) {
      records.push(record);
      return;
    }
    this.#lanes.set(lane, [record]);
    super.add(record);
  }

  override ended(record: T): void {
    super.ended(record);
    const lane = laneOfKey(record.key);
    const records = this.#lanes.get(lane)!;
    records.shift();
    if (records.length === 0) this.#lanes.delete(lane);
    else super.add(records[0]!);
  }
}

function laneOfPartition({ topic, partition }: Ordered): string {
  return `${topic}-${partition}`;
}

/** Equal keys have one lane, be they the same object or not. */
function laneOfKey(key: unknown): unknown {
  if (typeof key !== "object" || key === null) return key;
  if (key instanceof Uint8Array) return `bytes ${Buffer.from(key).toString("latin1")}`;
  return `object ${JSON.stringify(sortedProperties(key), textOfBigInt)}`;
}

function textOfBigInt(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

/** An order at work, one per operator and task. */
export function callOrder<T extends Ordered>(order: AsyncOrder): CallOrder<T> {
  switch (order) {
    case "partition":
      return new PartitionOrder();
    case "key":
      return new KeyOrder();
    case "none":
      return new NoOrder();
  }
}
