import protobuf from "protobufjs";
import { InvalidValueError } from "../errors.js";

const WHOLE_32: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
};
const WHOLE_64: Readonly<Record<string, "signed" | "unsigned">> = {
  int64: "signed",
  sint64: "signed",
  sfixed64: "signed",
  uint64: "unsigned",
  fixed64: "unsigned",
};

/**
 * The message protobufjs writes for a value. Checked field by field, because protobufjs itself writes a 0 for what it does not
 * understand. Throws InvalidValueError.
 */
export function messageOf(type: protobuf.Type, value: unknown, path = ""): protobuf.Message {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, `message ${type.name}`, value);
  const properties: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (given === undefined || given === null) continue;
    const field = type.fields[name];
    const fieldPath = path === "" ? name : `${path}.${name}`;
    if (field === undefined)
      throw new InvalidValueError(`Message ${type.name} has no field ${fieldPath}: correct its name.`, fieldPath);
    properties[name] = fieldOf(field, given, fieldPath);
  }
  for (const { name, fieldsArray } of type.oneofsArray) {
    if (fieldsArray.filter((field) => properties[field.name] !== undefined).length > 1)
      throw new InvalidValueError(`Only one field of oneof ${name} can be set.`, path);
  }
  return type.create(properties);
}

function fieldOf(field: protobuf.Field, value: unknown, path: string): unknown {
  if (field instanceof protobuf.MapField) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(path, "an object", value);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, oneOf(field, one, `${path}.${key}`)]));
  }
  if (!field.repeated) return oneOf(field, value, path);
  if (!Array.isArray(value)) throw wrong(path, "an array", value);
  return value.map((one, index) => oneOf(field, one, `${path}.${index}`));
}

function oneOf(field: protobuf.Field, value: unknown, path: string): unknown {
  const { resolvedType: resolved, type } = field;
  if (resolved instanceof protobuf.Type) return messageOf(resolved, value, path);
  if (resolved instanceof protobuf.Enum) return symbolOf(resolved, value, path);
  const range = WHOLE_32[type];
  if (range !== undefined) {
    if (Number.isInteger(value) && Number(value) >= range[0] && Number(value) <= range[1]) return value;
  } else if (WHOLE_64[type] !== undefined) {
    const whole = wholeOf(value, WHOLE_64[type] === "unsigned");
    if (whole !== null) return whole;
  } else if (isPlain(type, value)) {
    return value;
  }
  throw wrong(path, type, value);
}

function symbolOf(type: protobuf.Enum, value: unknown, path: string): number {
  const number = typeof value === "string" ? type.values[value] : value;
  if (Number.isInteger(number)) return number as number;
  throw wrong(path, `one of ${Object.keys(type.values).join(", ")}`, value);
}

function wholeOf(value: unknown, isUnsigned: boolean): unknown {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return null;
  const whole = BigInt(value as bigint | number);
  const cut = isUnsigned ? BigInt.asUintN(64, whole) : BigInt.asIntN(64, whole);
  return cut === whole ? longOf(cut, isUnsigned) : null;
}

/** What protobufjs takes a 64-bit number as. */
function longOf(whole: bigint, isUnsigned: boolean): object {
  const low = Number(BigInt.asIntN(32, whole));
  const high = Number(BigInt.asIntN(32, whole >> 32n));
  return { low, high, unsigned: isUnsigned };
}

function isPlain(type: string, value: unknown): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "bool") return typeof value === "boolean";
  if (type === "bytes") return value instanceof Uint8Array;
  return typeof value === "number";
}

function wrong(path: string, expected: string, value: unknown): InvalidValueError {
  const got = typeof value === "object" ? (value === null ? "null" : "an object") : `${typeof value} ${String(value)}`;
  return new InvalidValueError(`The value is not the message's: ${path} must be ${expected}, got ${got}.`, path);
}
