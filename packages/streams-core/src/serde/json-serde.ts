import type { Serde } from "../model/index.js";
import { SerializationError } from "./serialization-error.js";
import { sortedProperties } from "./sorted-properties.js";
import { readUtf8, writeUtf8 } from "./utf8.js";

/** Settings of `serdes.json`. */
export interface JsonOptions {
  /**
   * True: properties are written in order of their names, at every depth, so that equal values have equal bytes.
   * Default: in the object's own order, which is faster. As a key, the serde sorts whatever this says.
   */
  readonly sortKeys?: boolean;
}

/**
 * JSON text as UTF-8. `parse` checks and types what was read (a schema library's `parse`, say); what it throws becomes
 * the cause of a SerializationError. Without it the type is believed.
 */
export function jsonSerde<T = unknown>(parse?: (json: unknown) => T, options: JsonOptions = {}): Serde<T> {
  return new JsonSerde(parse ?? null, options.sortKeys ?? false);
}

class JsonSerde<T> implements Serde<T> {
  readonly name = "json";
  readonly #parse: ((json: unknown) => T) | null;
  readonly #sortKeys: boolean;

  constructor(parse: ((json: unknown) => T) | null, sortKeys: boolean) {
    this.#parse = parse;
    this.#sortKeys = sortKeys;
  }

  serialize(topic: string, value: T): Uint8Array {
    return writeUtf8(this.#textOf(topic, value));
  }

  deserialize(topic: string, bytes: Uint8Array): T {
    return this.#valueOf(topic, readUtf8(bytes, 0, bytes.length));
  }

  read(buffer: Uint8Array, start: number, end: number): T {
    return this.#valueOf(null, readUtf8(buffer, start, end));
  }

  forKeys(): Serde<T> {
    return this.#sortKeys ? this : new JsonSerde(this.#parse, true);
  }

  #textOf(topic: string, value: T): string {
    let text: string | undefined;
    try {
      text = JSON.stringify(this.#sortKeys ? sortedProperties(value) : value);
    } catch (cause) {
      const what = `the value cannot be written as JSON: ${messageOf(cause)}`;
      throw new SerializationError({ serde: this.name, topic, what }, { cause });
    }
    if (text !== undefined) return text;
    throw new SerializationError({ serde: this.name, topic, what: `${typeof value} has no JSON form.` });
  }

  #valueOf(topic: string | null, text: string): T {
    try {
      const json: unknown = JSON.parse(text);
      return this.#parse === null ? (json as T) : this.#parse(json);
    } catch (cause) {
      const what = `cannot read the record as JSON: ${messageOf(cause)}`;
      throw new SerializationError({ serde: this.name, topic, what }, { cause });
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
