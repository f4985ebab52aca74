import { describe, expect, test } from "vitest";
import { keySerdeOf, SerializationError, serdes } from "./index.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("what a serde refuses", () => {
  test.each([
    ["long", () => serdes.long.serialize("t", 2 ** 53), /long \(topic t\).*2\^53/u],
    ["long, fraction", () => serdes.long.serialize("t", 1.5), /whole number/u],
    ["long, bytes beyond 2^53", () => serdes.long.deserialize("t", bytes(0, 32, 0, 0, 0, 0, 0, 0)), /serdes\.bigint/u],
    ["long, 3 bytes", () => serdes.long.deserialize("t", bytes(1, 2, 3)), /\(topic t\): expected 8 bytes, got 3/u],
    ["bigint of 65 bits", () => serdes.bigint.serialize("t", 2n ** 63n), /bigint of 64 bits/u],
    ["int", () => serdes.int.serialize("t", 2 ** 31), /32 bits/u],
    ["short", () => serdes.short.serialize("t", -32_769), /16 bits/u],
    ["short, NaN", () => serdes.short.serialize("t", NaN), /16 bits/u],
    ["string", () => serdes.string.serialize("t", 5 as never), /expected a string, got number 5/u],
    ["uuid", () => serdes.uuid.serialize("t", "5"), /UUID/u],
    ["json, no text", () => serdes.json().deserialize("t", bytes(123)), /as JSON/u],
    ["json, undefined", () => serdes.json().serialize("t", undefined), /no JSON form/u],
    ["json, bigint", () => serdes.json().serialize("t", 1n), /cannot be written/u],
    [
      "list cut short",
      () => serdes.list(serdes.string).deserialize("t", bytes(1, 0, 0, 0, 1, 0, 0, 0, 9)),
      /needs 9 more/u,
    ],
    ["list of the other form", () => serdes.list(serdes.int).deserialize("t", bytes(1, 0, 0, 0, 0)), /first byte/u],
    ["list, absurd count", () => serdes.list(serdes.int).deserialize("t", bytes(0, 127, 255, 255, 255)), /impossible/u],
    ["list, bytes left over", () => serdes.list(serdes.string).deserialize("t", bytes(1, 0, 0, 0, 0, 7)), /left over/u],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(SerializationError);
    expect(act).toThrow(message);
  });
});

test("half a surrogate pair is written as Java writes it, and whole ones are kept", () => {
  const written = (text: string): string => serdes.string.deserialize("t", serdes.string.serialize("t", text));
  expect(written("a\ud83d")).toBe("a?");
  expect(written("\ude00\u00e9")).toBe("?\u00e9");
  expect(written("\u{1f600}")).toBe("\u{1f600}");
  expect(written("x".repeat(40) + "\u00e9")).toBe("x".repeat(40) + "\u00e9");
});

test("bytes are copied when read, so that the fetch buffer may be reused", () => {
  const buffer = bytes(1, 2, 3, 4);
  const read = serdes.bytes.read!(buffer, 1, 3);
  const deserialized = serdes.bytes.deserialize("t", buffer);
  buffer.fill(9);
  expect([...read, ...deserialized]).toEqual([2, 3, 1, 2, 3, 4]);
});

describe("json", () => {
  const text = (serde: { serialize(topic: string, value: unknown): Uint8Array }, value: unknown): string =>
    Buffer.from(serde.serialize("t", value)).toString();

  test("keeps the object's order as a value, sorts at every depth as a key", () => {
    const value = { b: 1, a: { d: [{ z: 1, y: null }], c: new Date(0), skipped: undefined } };
    expect(text(serdes.json(), value)).toBe('{"b":1,"a":{"d":[{"z":1,"y":null}],"c":"1970-01-01T00:00:00.000Z"}}');
    const sorted = '{"a":{"c":"1970-01-01T00:00:00.000Z","d":[{"y":null,"z":1}]},"b":1}';
    expect(text(keySerdeOf(serdes.json()), value)).toBe(sorted);
    expect(text(serdes.json(undefined, { sortKeys: true }), value)).toBe(sorted);
  });

  test("a key may have a property called __proto__", () => {
    expect(text(keySerdeOf(serdes.json()), JSON.parse('{"b":1,"__proto__":2}'))).toBe('{"__proto__":2,"b":1}');
  });

  test("lists and nullable serdes of it sort as keys too", () => {
    expect(text(keySerdeOf(serdes.list(serdes.json())), [{ b: 1, a: 2 }]).endsWith('{"a":2,"b":1}')).toBe(true);
    expect(text(keySerdeOf(serdes.nullable(serdes.json())), { b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });

  test("what `parse` throws becomes the cause", () => {
    const failure = new RangeError("no latitude");
    const serde = serdes.json((): number => {
      throw failure;
    });
    try {
      serde.deserialize("t", Buffer.from("{}"));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SerializationError);
      expect((error as Error).cause).toBe(failure);
    }
  });
});

test("serdes without a form of their own for keys come back as they are", () => {
  expect(keySerdeOf(serdes.string)).toBe(serdes.string);
});
