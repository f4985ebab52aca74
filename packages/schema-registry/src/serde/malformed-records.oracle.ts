import { SeededRandomness } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import { avroSerde } from "../avro/avro-serde.js";
import { SchemaError } from "../errors.js";
import { jsonSchemaSerde } from "../json/json-schema-serde.js";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import { protobufSerde } from "../protobuf/protobuf-serde.js";
import type { RegistrySerde } from "../serde/registry-serde.js";

const CASES = 100_000;
const GROWTH_BYTES_MAX = 64 << 20;
const topic = "t";

const node = {
  type: "record",
  name: "Node",
  fields: [
    { name: "id", type: "string" },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "nothing", type: { type: "array", items: "null" } },
    { name: "counts", type: { type: "map", values: "long" } },
    { name: "lists", type: { type: "array", items: { type: "array", items: "null" } } },
    { name: "bytes", type: "bytes" },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 8, scale: 2 } },
    { name: "at", type: ["null", { type: "long", logicalType: "timestamp-millis" }] },
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["A", "B"] } },
    { name: "next", type: ["null", "Node"] },
  ],
};
const leaf = {
  ...{ id: "ada", tags: ["a", "b"], nothing: [null], counts: { a: 1, b: -1 }, lists: [[null], []] },
  ...{ bytes: Buffer.from("xyz"), price: "12.50", at: new Date(1), kind: "B", next: null },
};
const shorter = { ...node, fields: [node.fields[0], { ...node.fields[9] }] };
const proto = `syntax = "proto3";
  message Node { string id = 1; repeated int32 ns = 2; map<string, int64> counts = 3; bytes b = 4; Node next = 5; double d = 6; }`;
const jsonSchema = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };

interface Subject {
  readonly name: string;
  readonly reader: RegistrySerde<unknown>;
  readonly valid: Uint8Array;
}

function subjects(): readonly Subject[] {
  const registry = inMemoryRegistry();
  const avro = avroSerde<unknown>({ registry, schema: node });
  const bigints = avroSerde<unknown>({ registry, longs: "bigint" });
  const evolved = avroSerde<unknown>({ registry, schema: shorter, autoRegister: false });
  const json = jsonSchemaSerde({ registry, schema: jsonSchema, subjectName: () => "json" });
  const protobuf = protobufSerde({ registry, schema: proto, subjectName: () => "proto" });
  const valid = avro.serialize(topic, { ...leaf, next: leaf });
  const message = { id: "a", ns: [1, 2, 3], counts: { a: 1n }, b: Buffer.from("b"), d: 1.5 };
  return [
    { name: "Avro", reader: avro, valid },
    { name: "Avro, longs as bigint", reader: bigints, valid },
    { name: "Avro, most fields skipped", reader: evolved, valid },
    { name: "JSON Schema", reader: json, valid: json.serialize(topic, { id: "ada" }) },
    { name: "Protobuf", reader: protobuf, valid: protobuf.serialize(topic, { ...message, next: message }) },
  ];
}

/** Bytes that claim something huge: numbers of many bytes, with all kinds of ends. */
const CLAIMS = [
  "feffffff0f",
  "ffffffffffffffffff01",
  "feffffffffffffff7f",
  "ffffffff0f",
  "01",
  "8080808080808080808080",
];

/** The record with something wrong in it: cut, changed, lengthened, replaced. */
function damaged(valid: Uint8Array, chance: SeededRandomness): Uint8Array {
  const pick = (count: number): number => Math.floor(chance.fraction() * count);
  const bytes = Uint8Array.from(valid);
  const kind = pick(6);
  if (kind === 0) return bytes.subarray(0, pick(bytes.length));
  if (kind === 1) return Buffer.concat([bytes, Buffer.from(CLAIMS[pick(CLAIMS.length)]!, "hex")]);
  if (kind === 2) {
    const claim = Buffer.from(CLAIMS[pick(CLAIMS.length)]!, "hex");
    const at = 5 + pick(bytes.length - 5);
    return Buffer.concat([bytes.subarray(0, at), claim, bytes.subarray(at + pick(3))]);
  }
  if (kind === 3) return Uint8Array.from({ length: pick(64) }, (_, index) => (index < 5 ? bytes[index]! : pick(256)));
  if (kind === 4) return Uint8Array.from({ length: pick(40) }, () => pick(256));
  for (let changes = 1 + pick(4); changes > 0; changes--) bytes[pick(bytes.length)] = pick(256);
  return bytes;
}

describe("malformed records", () => {
  it.each(subjects())("of $name: 100,000 are each a value or a typed error, in flat memory", ({ reader, valid }) => {
    const chance = new SeededRandomness(17);
    const before = memoryBytes();
    const untyped: unknown[] = [];
    let refused = 0;
    for (let index = 0; index < CASES; index++) {
      const bytes = damaged(valid, chance);
      try {
        reader.deserialize(topic, bytes);
      } catch (error) {
        refused++;
        if (!(error instanceof SchemaError)) untyped.push([Buffer.from(bytes).toString("hex"), error]);
      }
    }
    expect(untyped.slice(0, 3)).toEqual([]);
    expect(refused).toBeGreaterThan(CASES / 3);
    expect(memoryBytes() - before).toBeLessThan(GROWTH_BYTES_MAX);
  });
});

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
