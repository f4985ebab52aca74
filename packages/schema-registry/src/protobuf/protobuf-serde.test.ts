import { describe, expect, it } from "vitest";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import { readMessagePath, writeMessagePath } from "./message-indexes.js";
import { protobufSerde } from "./protobuf-serde.js";

const topic = "couriers";
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const file = `
  syntax = "proto3"; package city;
  import "google/protobuf/timestamp.proto";
  message Courier {
    message Position { double latitude = 1; }
    enum Kind { NONE = 0; BIKE = 1; }
    string id = 1; int64 offset = 2; Kind kind = 3; repeated uint32 ns = 4; map<string, sint64> counts = 5;
    bytes raw = 6; Position position = 7; google.protobuf.Timestamp at = 8; oneof either { string text = 9; bool flag = 10; }
  }
  message Other { message Deep { int32 n = 1; } Deep deep = 1; }`;
const courier = {
  ...{
    id: "ada",
    offset: -(2n ** 62n),
    kind: "BIKE",
    ns: [1, 2 ** 32 - 1],
    counts: { a: -1n },
    raw: Buffer.from("xyz"),
  },
  ...{ position: { latitude: 45.5 }, at: { seconds: 5n, nanos: 1 }, text: "t" },
};

describe("message indexes", () => {
  it.each([
    [[0], "00"],
    [[1], "0202"],
    [[1, 0], "040200"],
    [[100], "02c801"],
  ])("%j are %s", (path, bytes) => {
    expect(hex(writeMessagePath(path))).toBe(bytes);
    expect(readMessagePath(Buffer.from(bytes, "hex"), 0)).toEqual({ path, end: bytes.length / 2 });
  });
});

describe("Protobuf", () => {
  it("goes through, 64-bit numbers, enums, maps and Google's types too", () => {
    const serde = protobufSerde<unknown>({ registry: inMemoryRegistry(), schema: file });
    expect(serde.deserialize(topic, serde.serialize(topic, courier))).toEqual(courier);
  });

  it("names the message by its indexes", () => {
    const registry = inMemoryRegistry();
    const first = protobufSerde({ registry, schema: file });
    const deep = protobufSerde({ registry, schema: file, message: "Other.Deep" });
    expect(hex(first.serialize(topic, { id: "a" }))).toBe("0000000001" + "00" + "0a0161");
    expect(hex(deep.serialize(topic, { n: 5 }))).toBe("0000000001" + "040200" + "0805");
    expect(protobufSerde({ registry }).deserialize(topic, deep.serialize(topic, { n: 5 }))).toEqual({ n: 5 });
    expect(() => first.deserialize(topic, deep.serialize(topic, { n: 5 }))).toThrow(/Other.Deep/u);
  });

  it("reads older and newer messages as its own", () => {
    const registry = inMemoryRegistry();
    const older = protobufSerde({ registry, schema: 'syntax = "proto3"; message A { string id = 1; int32 old = 2; }' });
    const newer = protobufSerde({
      registry,
      schema: 'syntax = "proto3"; message A { string id = 1; string nick = 3; }',
    });
    expect(newer.deserialize(topic, older.serialize(topic, { id: "a", old: 1 }))).toEqual({ id: "a", nick: "" });
  });

  it("finds imported files in other subjects, and registers them there", async () => {
    const registry = inMemoryRegistry();
    const schema = 'syntax = "proto3"; import "geo.proto"; message C { geo.Position position = 1; }';
    const references = [
      {
        name: "geo.proto",
        subject: "geo",
        schema: 'syntax = "proto3"; package geo; message Position { double x = 1; }',
      },
    ];
    const serde = protobufSerde({ registry, schema, references });
    const written = serde.serialize(topic, { position: { x: 1 } });
    expect(await registry.subjects()).toEqual(["couriers-value", "geo"]);
    expect(protobufSerde({ registry }).deserialize(topic, written)).toEqual({ position: { x: 1 } });
  });

  it.each([
    [{ id: 5 }, "id"],
    [{ ns: [1.5] }, "ns.0"],
    [{ ns: [-1] }, "ns.0"],
    [{ offset: 2n ** 63n }, "offset"],
    [{ kind: "CAR" }, "kind"],
    [{ position: { latitude: "45" } }, "position.latitude"],
    [{ counts: { a: "1" } }, "counts.a"],
    [{ nick: "a" }, "nick"],
    [{ text: "a", flag: true }, ""],
    ["ada", ""],
  ])("refuses what is no message, with the path of the mistake: %o", (value, path) => {
    const serde = protobufSerde<unknown>({ registry: inMemoryRegistry(), schema: file });
    expect(() => serde.serialize(topic, value)).toThrow(
      expect.objectContaining({ code: "MILLRACE_INVALID_VALUE", path }),
    );
  });

  it.each(["no schema", 'syntax = "proto3"; import "other.proto"; message A {}', 'syntax = "proto3";'])(
    "refuses %s",
    (schema) => {
      expect(() => protobufSerde({ registry: inMemoryRegistry(), schema })).toThrow(
        expect.objectContaining({ code: "MILLRACE_INVALID_SCHEMA" }),
      );
    },
  );
});
