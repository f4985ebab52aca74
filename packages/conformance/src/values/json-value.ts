import { Windowed } from "@millrace/streams-core";
import type { Json, SerdeName } from "../scenario.js";
import { isObject } from "./fields.js";
import { fromHex, toHex } from "./hex.js";

/** A value as the vectors write it: bytes in hex, wide whole numbers as digits, NaN and infinities as text. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Windowed) return windowedToJson(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw new TypeError(`${typeof value} ${String(value)} has no form in the vectors`);
}

function windowedToJson({ key, startMs, endMs }: Windowed<unknown>): Json {
  // Java's greatest long is where windows without an end have theirs.
  return { key: toJson(key), start: startMs, end: Number.isFinite(endMs) ? endMs : "9223372036854775807" };
}

/** The value a serde takes, of its form in the vectors. */
export function fromJson(json: Json | undefined, serde: SerdeName): unknown {
  if (json === null || json === undefined) return null;
  if (typeof serde === "object" && serde.type !== "list") return windowedFromJson(json, serde.inner);
  if (typeof serde === "object")
    return Array.isArray(json) ? json.map((entry: Json) => fromJson(entry, serde.inner)) : json;
  switch (serde) {
    case "bytes":
      return fromHex(String(json));
    case "string":
    case "uuid":
      return String(json);
    case "boolean":
      return json;
    case "bigint":
      return BigInt(String(json));
    default:
      return Number(json);
  }
}

function windowedFromJson(json: Json, inner: SerdeName): unknown {
  if (!isObject(json)) throw new TypeError(`${JSON.stringify(json)} is no windowed key`);
  return new Windowed(fromJson(json["key"], inner), Number(json["start"]), Number(json["end"]));
}
