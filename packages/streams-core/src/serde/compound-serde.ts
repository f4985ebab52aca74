import type { Headers, Serde, SerdeContext } from "../model/index.js";

/** A serde made of others: opening and closing it means them. */
export abstract class CompoundSerde<T> implements Serde<T> {
  readonly name: string;
  readonly parts: readonly Serde<unknown>[];

  protected constructor(name: string, parts: readonly Serde<unknown>[]) {
    this.name = name;
    this.parts = parts;
  }

  abstract serialize(topic: string, value: T, headers?: Headers): Uint8Array;

  abstract deserialize(topic: string, bytes: Uint8Array, headers?: Headers): T;

  async open(context: SerdeContext): Promise<void> {
    for (const part of this.parts) await part.open?.(context);
  }

  async close(): Promise<void> {
    for (const part of this.parts) await part.close?.();
  }
}

/** The serdes that do the work of one: its parts' parts, or itself. */
export function simpleSerdesOf(serde: Serde<unknown>): readonly Serde<unknown>[] {
  return serde.parts === undefined ? [serde] : serde.parts.flatMap(simpleSerdesOf);
}

/** Whether a serde has something to learn before it is used, or to give back after. */
export function hasToOpen(serde: Serde<unknown>): boolean {
  return simpleSerdesOf(serde).some(({ open, close }) => open !== undefined || close !== undefined);
}
