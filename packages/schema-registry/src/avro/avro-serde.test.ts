import { describe, expect, it } from "vitest";
import {
  InvalidSchemaError,
  InvalidValueError,
  MalformedPayloadError,
  PayloadLengthError,
  SchemaNotPreparedError,
  TruncatedPayloadError,
  UnknownSchemaIdError,
  UnreadableSchemaError,
  WrongMagicByteError,
} from "../errors.js";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import { subjectNames } from "../subjects/subject-name.js";
import { avroSerde } from "./avro-serde.js";

const position = {
  type: "record",
  name: "Position",
  fields: [
    { name: "latitude", type: "double" },
    { name: "longitude", type: "double" },
  ],
} as const;
const courier = {
  type: "record",
  name: "Courier",
  namespace: "city",
  fields: [
    { name: "id", type: "string" },
    { name: "position", type: position },
  ],
} as const;
const ada = { id: "ada", position: { latitude: 45.5, longitude: -122.25 } };
const topic = "position-avro";

function record(...fields: readonly { name: string; type: unknown; default?: unknown }[]) {
  return { type: "record", name: "Courier", fields };
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

describe("the wire format", () => {
  it("is the magic byte, the schema's id, and Avro's bytes", () => {
    const serde = avroSerde({ registry: inMemoryRegistry(), schema: record({ name: "id", type: "string" }) });
    expect(Buffer.from(serde.serialize(topic, { id: "ada" })).toString("hex")).toBe("00" + "00000001" + "06616461");
  });

  it("is read from within a larger buffer", () => {
    const serde = avroSerde({ registry: inMemoryRegistry(), schema: courier });
    const payload = serde.serialize(topic, ada);
    const buffer = Buffer.concat([Buffer.alloc(7, 1), payload, Buffer.alloc(9, 2)]);
    expect(serde.read(buffer, 7, 7 + payload.length)).toEqual(ada);
    expect(serde.deserialize(topic, Uint8Array.from(payload))).toEqual(ada);
  });

  it("holds values of any size", () => {
    const serde = avroSerde({ registry: inMemoryRegistry(), schema: record({ name: "id", type: "string" }) });
    for (const size of [0, 63, 4_090, 4_091, 4_092, 10_000, 3_000_000]) {
      const value = { id: "é".repeat(size) };
      expect(serde.deserialize(topic, serde.serialize(topic, value))).toEqual(value);
    }
  });
});

describe("bytes that cannot be read", () => {
  const registry = inMemoryRegistry();
  const serde = avroSerde({ registry, schema: record({ name: "id", type: "string" }) });
  serde.serialize(topic, { id: "" });
  const lists = avroSerde({ registry, schema: { type: "array", items: "string" } });
  lists.serialize("lists", []);
  const nulls = avroSerde({ registry, schema: { type: "array", items: "null" } });
  nulls.serialize("nulls", []);

  it.each([
    ["no bytes", serde, "", TruncatedPayloadError],
    ["text", serde, "7b226964223a22616461227d", WrongMagicByteError],
    ["half an id", serde, "00 0000", TruncatedPayloadError],
    ["no payload", serde, "00 00000001", TruncatedPayloadError],
    ["an id that no schema has", serde, "00 00000063 06616461", UnknownSchemaIdError],
    ["a negative id", serde, "00 ffffffff 06616461", UnknownSchemaIdError],
    ["a value that is cut off", serde, "00 00000001 066164", TruncatedPayloadError],
    ["a huge length of text", serde, "00 00000001 feffffffffffffff7f 61", TruncatedPayloadError],
    ["a negative length of text", serde, "00 00000001 05 616461", TruncatedPayloadError],
    ["bytes that follow the value", serde, "00 00000001 06616461 00", MalformedPayloadError],
    ["a huge count of items", lists, "00 00000002 feffffffffffffff7f 00", PayloadLengthError],
    ["a huge count in a block with its size", lists, "00 00000002 ffffffffffffffff7f 00", PayloadLengthError],
    ["a count of items that are not there", lists, "00 00000002 80 01", TruncatedPayloadError],
    ["very many items without bytes", nulls, "00 00000003 8089 7a 00", PayloadLengthError],
    ["very many items without bytes, in blocks", nulls, `00 00000003 ${"feff07".repeat(3)} 00`, PayloadLengthError],
  ])("%s: a typed error", (_, reader, hex, kind) => {
    expect(() => reader.deserialize(topic, bytes(hex))).toThrow(kind);
  });
});

describe("values that are not the schema's", () => {
  const serde = avroSerde<unknown>({ registry: inMemoryRegistry(), schema: courier });

  it.each([
    [{ id: "ada" }, "position"],
    [{ id: 1, position: ada.position }, "id"],
    [{ id: "ada", position: { latitude: "45", longitude: 1 } }, "position.latitude"],
    ["ada", ""],
  ])("are refused with the path of the mistake: %j", (value, path) => {
    expect(() => serde.serialize(topic, value)).toThrow(
      expect.objectContaining({ code: "MILLRACE_INVALID_VALUE", path }),
    );
    expect(() => serde.serialize(topic, value)).toThrow(InvalidValueError);
  });
});

describe("schemas that evolve", () => {
  it("reads what older and newer schemas wrote as the own one", () => {
    const registry = inMemoryRegistry();
    const older = avroSerde({ registry, schema: record({ name: "id", type: "string" }, { name: "age", type: "int" }) });
    const newer = avroSerde({
      registry,
      schema: record({ name: "id", type: "string" }, { name: "first_name", type: "string", default: "undefined" }),
    });
    expect(newer.deserialize(topic, older.serialize(topic, { id: "ada", age: 36 }))).toEqual({
      id: "ada",
      first_name: "undefined",
    });
  });

  it("skips damaged arrays and maps of fields it leaves out without getting lost", () => {
    const registry = inMemoryRegistry();
    const type = { type: "array", items: { type: "map", values: "null" } };
    const older = avroSerde({
      registry,
      schema: record({ name: "id", type: "string" }, { name: "tags", type }, { name: "n", type: "int" }),
    });
    const newer = avroSerde({ registry, schema: record({ name: "n", type: "int" }) });
    const written = older.serialize(topic, { id: "a", tags: [{ a: null }, { b: null, c: null }], n: 7 });
    expect(newer.deserialize(topic, written)).toEqual({ n: 7 });
    const backwards = bytes("00 00000001 0261 01 13 00");
    expect(() => newer.deserialize(topic, backwards)).toThrow(TruncatedPayloadError);
  });

  it("says which field makes a schema unreadable", () => {
    const registry = inMemoryRegistry();
    const older = avroSerde({ registry, schema: record({ name: "id", type: "string" }) });
    const newer = avroSerde({ registry, schema: record({ name: "vehicle_id", type: "int" }), autoRegister: false });
    const written = older.serialize(topic, { id: "ada" });
    expect(() => newer.deserialize(topic, written)).toThrow(UnreadableSchemaError);
    expect(() => newer.deserialize(topic, written)).toThrow(/vehicle_id/u);
  });

  it("reads as written without a schema of its own", () => {
    const registry = inMemoryRegistry();
    const writer = avroSerde({ registry, schema: courier });
    const generic = avroSerde<{ id: string }>({ registry });
    expect(generic.deserialize(topic, writer.serialize(topic, ada))).toEqual(ada);
    expect(() => generic.serialize(topic, { id: "ada" })).toThrow(InvalidSchemaError);
  });

  it("writes with the latest version where that is asked for", () => {
    const registry = inMemoryRegistry();
    avroSerde({ registry, schema: record({ name: "id", type: "string" }) }).serialize(topic, { id: "a" });
    const nick = { name: "nick", type: "string", default: "-" };
    avroSerde({ registry, schema: record({ name: "id", type: "string" }, nick) }).serialize(topic, { id: "a" });
    const latest = avroSerde<{ id: string }>({ registry, useLatestVersion: true });
    const written = latest.serialize(topic, { id: "b" });
    expect(written[4]).toBe(2);
    expect(latest.deserialize(topic, written)).toEqual({ id: "b", nick: "-" });
  });
});

describe("types", () => {
  const registry = inMemoryRegistry();

  it.each([
    [
      "instants",
      { type: "long", logicalType: "timestamp-millis" },
      new Date("2026-11-21T17:00:00.123Z"),
      "f6bbe7f0bf68",
    ],
    ["days", { type: "int", logicalType: "date" }, new Date("2026-11-21T00:00:00Z"), "d4c402"],
    ["uuids", { type: "string", logicalType: "uuid" }, "6a2f41a3-c54c-fce8-32d2-0324e1c32e22", undefined],
    [
      "uuids of bytes",
      { type: "fixed", size: 16, name: "U", logicalType: "uuid" },
      "6a2f41a3-c54c-fce8-32d2-0324e1c32e22",
      "6a2f41a3c54cfce832d20324e1c32e22",
    ],
    ["decimals", { type: "bytes", logicalType: "decimal", precision: 8, scale: 2 }, "-12.50", "04fb1e"],
    ["small decimals", { type: "bytes", logicalType: "decimal", precision: 8, scale: 2 }, "0.05", "0205"],
    [
      "whole decimals",
      { type: "bytes", logicalType: "decimal", precision: 40 },
      "1234567890123456789012345678901234567890",
      undefined,
    ],
    [
      "decimals in fixed",
      { type: "fixed", size: 4, name: "D", logicalType: "decimal", precision: 8, scale: 2 },
      "-12.50",
      "fffffb1e",
    ],
    ["optional instants", ["null", { type: "long", logicalType: "timestamp-millis" }], new Date(1), "0202"],
    ["optional text", ["null", "string"], null, "00"],
    ["unions of numbers", ["int", "string", "double"], { double: 0.5 }, "04000000000000e03f"],
    ["enums", { type: "enum", name: "E", symbols: ["A", "B"] }, "B", "02"],
    ["maps", { type: "map", values: "long" }, { a: 1, ["__proto__x"]: 2 }, undefined],
    ["bytes", "bytes", Buffer.from([1, 2, 3]), "06010203"],
  ])("%s go through", (_, schema, value, payload) => {
    const serde = avroSerde<unknown>({ registry: inMemoryRegistry(), schema });
    const written = serde.serialize(topic, value);
    expect(serde.deserialize(topic, written)).toEqual(value);
    if (payload !== undefined) expect(Buffer.from(written).toString("hex").slice(10)).toBe(payload);
  });

  it.each([
    ["too many digits", { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, "123.45"],
    ["too fine a fraction", { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, "1.234"],
    ["no number", { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, "1e3"],
    ["no uuid", { type: "string", logicalType: "uuid" }, "ada"],
    ["no date", { type: "int", logicalType: "date" }, new Date(Number.NaN)],
    ["a long beyond 2^53", "long", 2 ** 53 + 2],
  ])("%s: refused", (_, schema, value) => {
    const serde = avroSerde<unknown>({ registry: inMemoryRegistry(), schema });
    expect(() => serde.serialize(topic, value)).toThrow(InvalidValueError);
  });

  it("keeps all 64 bits of longs as bigint", () => {
    const schema = record(
      { name: "n", type: "long" },
      { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    );
    const serde = avroSerde<unknown>({ registry, schema, longs: "bigint", subjectName: () => "longs" });
    for (const n of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n]) {
      const value = { n, at: new Date(12) };
      expect(serde.deserialize(topic, serde.serialize(topic, value))).toEqual(value);
    }
    expect(() => serde.serialize(topic, { n: 2n ** 63n, at: new Date(0) })).toThrow(InvalidValueError);
  });

  it("finds named types in other subjects, and registers them there", async () => {
    const own = inMemoryRegistry();
    const geo = { ...position, namespace: "geo" };
    const schema = record({ name: "id", type: "string" }, { name: "position", type: "geo.Position" });
    const references = [{ name: "geo.Position", subject: "geo-position", schema: geo }];
    const writer = avroSerde<typeof ada>({ registry: own, schema, references });
    const written = writer.serialize(topic, ada);
    expect(await own.subjects()).toEqual(["geo-position", "position-avro-value"]);
    expect((await own.version("position-avro-value", 1)).schema.references).toEqual([
      { name: "geo.Position", subject: "geo-position", version: 1 },
    ]);
    expect(avroSerde<unknown>({ registry: own }).deserialize(topic, written)).toEqual(ada);
  });
});

describe("subjects", () => {
  it.each([
    ["topic", subjectNames.topic, "position-avro-value"],
    ["record", subjectNames.record, "city.Courier"],
    ["topic and record", subjectNames.topicRecord, "position-avro-city.Courier"],
    ["a function", ({ topic: name }: { topic: string }) => `my-${name}`, "my-position-avro"],
  ])("are named by %s", async (_, subjectName, subject) => {
    const registry = inMemoryRegistry();
    avroSerde({ registry, schema: courier, subjectName }).serialize(topic, ada);
    expect(await registry.subjects()).toEqual([subject]);
  });

  it("are others for keys", async () => {
    const registry = inMemoryRegistry();
    const serde = avroSerde({ registry, schema: courier });
    expect(serde.forKeys()).toBe(serde.forKeys().forKeys());
    serde.forKeys().serialize(topic, ada);
    expect(await registry.subjects()).toEqual(["position-avro-key"]);
  });
});

describe("a registry elsewhere", () => {
  it("is asked by open and prepare, and by nothing else", async () => {
    const asked: string[] = [];
    const registry = inMemoryRegistry({ faults: { before: (method) => asked.push(method) } });
    const writer = avroSerde({ registry, schema: courier });
    const reader = avroSerde({ registry, schema: courier });
    expect(() => writer.serialize(topic, ada)).toThrow(SchemaNotPreparedError);
    await writer.open({ topics: [topic] });
    const written = writer.serialize(topic, ada);
    expect(() => reader.deserialize(topic, written)).toThrow(SchemaNotPreparedError);
    expect(reader.unknownId(written, 0, written.length)).toBe(1);
    await Promise.all([reader.prepareFor([written, null, written]), reader.prepare([1])]);
    expect(reader.unknownId(written, 0, written.length)).toBeNull();
    expect(reader.deserialize(topic, written)).toEqual(ada);
    expect(asked).toEqual(["register", "schemaOf"]);
  });

  it("is asked again for an id that nobody knew, a minute later", async () => {
    let nowMs = 0;
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const registry = inMemoryRegistry({ faults: {} });
    const serde = avroSerde({ registry, schema: courier, clock, autoRegister: false });
    const early = bytes("00 00000001 06616461 0000000000000000 0000000000000000");
    await serde.prepareFor([early]);
    expect(() => serde.deserialize(topic, early)).toThrow(UnknownSchemaIdError);
    await registry.register("position-avro-value", { type: "AVRO", text: JSON.stringify(courier), references: [] });
    await serde.prepareFor([early]);
    expect(() => serde.deserialize(topic, early)).toThrow(UnknownSchemaIdError);
    nowMs = 60_000;
    await serde.prepareFor([early]);
    expect(serde.deserialize(topic, early)).toEqual({ id: "ada", position: { latitude: 0, longitude: 0 } });
  });

  it("that fails fails open and prepare, which can be called again", async () => {
    let isDown = true;
    const registry = inMemoryRegistry({
      faults: {
        before: () => {
          if (isDown) throw new Error("down");
        },
      },
    });
    const serde = avroSerde({ registry, schema: courier });
    await expect(serde.open({ topics: [topic] })).rejects.toThrow("down");
    await expect(serde.prepare([1])).rejects.toThrow("down");
    isDown = false;
    await serde.open({ topics: [topic] });
    const written = serde.serialize(topic, ada);
    await serde.prepare([1]);
    expect(serde.deserialize(topic, written)).toEqual(ada);
  });

  it("may forget the schemas used longest ago", async () => {
    const registry = inMemoryRegistry({ faults: {} });
    const ids: number[] = [];
    for (let index = 0; index < 5; index++) {
      const schema = JSON.stringify(record({ name: `f${index}`, type: "int" }));
      ids.push(await registry.register(`s${index}`, { type: "AVRO", text: schema, references: [] }));
    }
    const serde = avroSerde<unknown>({ registry, schemasMax: 3 });
    await serde.prepare(ids);
    expect(ids.map((id) => serde.unknownId(bytes(`00 0000000${id} 02`), 0, 6))).toEqual([1, 2, null, null, null]);
  });
});
