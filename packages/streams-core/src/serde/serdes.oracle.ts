import fc from "fast-check";
import { expect, test } from "vitest";
import type { Serde } from "../model/index.js";
import { keySerdeOf, murmur2, serdes } from "./index.js";
import { propertyCases } from "../testing/property-cases.js";

const runs = { numRuns: propertyCases() };

const nullOr = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values);

/** Every value of `values` comes back from its bytes, wherever in a buffer they lie. */
function comesBack<T>(serde: Serde<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, fc.nat(20), (value, at) => {
      const bytes = serde.serialize("t", value);
      const buffer = new Uint8Array(at + bytes.length + 5);
      buffer.set(bytes, at);
      expect(serde.deserialize("t", buffer.subarray(at, at + bytes.length))).toStrictEqual(value);
      if (serde.read) expect(serde.read(buffer, at, at + bytes.length)).toStrictEqual(value);
    }),
    runs,
  );
}

test("string", () => comesBack(serdes.string, fc.string({ unit: "grapheme", maxLength: 80 })));
test("long", () =>
  comesBack(
    serdes.long,
    fc.maxSafeInteger().map((n) => n + 0),
  ));
test("bigint", () => comesBack(serdes.bigint, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })));
test("int", () => comesBack(serdes.int, fc.integer()));
test("short", () => comesBack(serdes.short, fc.integer({ min: -32_768, max: 32_767 })));
test("double", () => comesBack(serdes.double, fc.double()));
test("float", () => comesBack(serdes.float, fc.float()));
test("boolean", () => comesBack(serdes.boolean, fc.boolean()));
test("uuid", () => comesBack(serdes.uuid, fc.uuid()));
test("bytes", () => comesBack(serdes.bytes, fc.uint8Array()));
test("json", () =>
  comesBack(
    serdes.json(),
    fc.json().map((text): unknown => JSON.parse(text)),
  ));
test("list of strings", () => comesBack(serdes.list(serdes.nullable(serdes.string)), fc.array(nullOr(fc.string()))));
test("list of numbers", () => comesBack(serdes.list(serdes.nullable(serdes.long)), fc.array(nullOr(fc.integer()))));
test("list of lists", () => comesBack(serdes.list(serdes.list(serdes.int)), fc.array(fc.array(fc.integer()))));

test("long and bigint have the same bytes", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(serdes.long.serialize("t", value)).toEqual(serdes.bigint.serialize("t", BigInt(value)));
    }),
    runs,
  );
});

test("as keys, objects with the same properties have the same bytes whatever their order", () => {
  const serde = keySerdeOf(serdes.json());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(serde.serialize("t", reversed)).toEqual(serde.serialize("t", value));
    }),
    runs,
  );
});

test("random bytes are read or refused, never worse", () => {
  const all = [serdes.long, serdes.uuid, serdes.list(serdes.string), serdes.list(serdes.int), serdes.json()];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom<Serde<unknown>>(...(all as Serde<unknown>[])),
      (bytes, serde) => {
        try {
          serde.deserialize("t", bytes);
        } catch (error) {
          expect(error).toHaveProperty("code", "MILLRACE_SERIALIZATION");
        }
      },
    ),
    runs,
  );
});

test("murmur2 of a part of a buffer is that of its copy", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 30 }), fc.nat(5), fc.nat(5), (bytes, from, less) => {
      const end = bytes.length - less;
      expect(murmur2(bytes, from, end)).toBe(murmur2(bytes.slice(from, end)));
    }),
    runs,
  );
});
