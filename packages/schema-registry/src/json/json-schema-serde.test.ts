import { describe, expect, it } from "vitest";
import { inMemoryRegistry } from "../memory/in-memory-registry.js";
import type { SchemaTree } from "../serde/schema-tree.js";
import { jsonIncompatibilities } from "./json-compatibility.js";
import { jsonSchemaSerde } from "./json-schema-serde.js";

const topic = "couriers";
const schema = { type: "object", properties: { id: { type: "string" }, n: { type: "integer" } }, required: ["id"] };
const tree = (root: unknown): SchemaTree => ({
  schema: { type: "JSON", text: JSON.stringify(root), references: [] },
  references: [],
});

describe("JSON Schema", () => {
  it("is JSON behind the header", () => {
    const serde = jsonSchemaSerde({ registry: inMemoryRegistry(), schema });
    const written = serde.serialize(topic, { id: "ada" });
    expect(Buffer.from(written).toString("latin1")).toBe('\0\0\0\0\x01{"id":"ada"}');
    expect(serde.deserialize(topic, written)).toEqual({ id: "ada" });
  });

  it("refuses values that are not the schema's, written and read", () => {
    const registry = inMemoryRegistry();
    const serde = jsonSchemaSerde({ registry, schema });
    expect(() => serde.serialize(topic, { id: "ada", n: 1.5 })).toThrow(
      expect.objectContaining({ code: "MILLRACE_INVALID_VALUE", path: "n" }),
    );
    const open = jsonSchemaSerde({ registry, schema: {}, subjectName: () => "open" });
    const written = open.serialize(topic, { n: 1 });
    expect(() => serde.deserialize(topic, written)).toThrow(
      expect.objectContaining({ code: "MILLRACE_MALFORMED_PAYLOAD" }),
    );
    expect(jsonSchemaSerde({ registry }).deserialize(topic, written)).toEqual({ n: 1 });
  });

  it("checks formats, unless it is told not to; those that nobody has defined never", () => {
    const registry = inMemoryRegistry();
    const formats = { at: { type: "string", format: "date-time" }, as: { type: "string", format: "license-plate" } };
    const dated = { type: "object", properties: formats };
    const serde = jsonSchemaSerde({ registry, schema: dated });
    expect(() => serde.serialize(topic, { at: "noon" })).toThrow(expect.objectContaining({ path: "at" }));
    const kept = serde.serialize(topic, { at: "2026-11-21T12:00:00Z", as: "?" });
    expect(serde.deserialize(topic, kept)).toEqual({ at: "2026-11-21T12:00:00Z", as: "?" });
    const lenient = jsonSchemaSerde({ registry, schema: dated, checkFormats: false });
    expect(lenient.deserialize(topic, lenient.serialize(topic, { at: "noon" }))).toEqual({ at: "noon" });
  });

  it.each([
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2020-12/schema",
  ])("takes %s, and words it does not know", ($schema) => {
    const serde = jsonSchemaSerde({
      registry: inMemoryRegistry(),
      schema: { $schema, ...schema, javaType: "x.Courier" },
    });
    expect(serde.deserialize(topic, serde.serialize(topic, { id: "ada" }))).toEqual({ id: "ada" });
  });

  it("finds schemas of other subjects, and registers them there", async () => {
    const registry = inMemoryRegistry();
    const references = [{ name: "position.json", subject: "position", schema: { type: "object", required: ["x"] } }];
    const referring = { type: "object", properties: { position: { $ref: "position.json" } } };
    const serde = jsonSchemaSerde({ registry, schema: referring, references });
    const written = serde.serialize(topic, { position: { x: 1 } });
    expect(await registry.subjects()).toEqual(["couriers-value", "position"]);
    expect(() => serde.serialize(topic, { position: {} })).toThrow(expect.objectContaining({ path: "position" }));
    expect(jsonSchemaSerde({ registry }).deserialize(topic, written)).toEqual({ position: { x: 1 } });
  });
});

describe("what of one JSON schema can be read with another", () => {
  const text = { type: "string" };
  const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });

  it.each([
    ["the same", schema, schema, []],
    ["integers as numbers", { type: "number" }, { type: "integer" }, []],
    ["numbers as integers", { type: "integer" }, { type: "number" }, ["number is not integer"]],
    ["an optional property more", object({ a: text, b: text }), object({ a: text }), []],
    [
      "a required property more",
      object({ a: text }, { required: ["a"] }),
      object({}),
      ["a: may be missing in the data"],
    ],
    [
      "a required property with a default",
      object({ a: { ...text, default: "" } }, { required: ["a"] }),
      object({}),
      [],
    ],
    [
      "a property less, closed",
      object({}, { additionalProperties: false }),
      object({ a: text }, { additionalProperties: false }),
      ["a: nothing is allowed"],
    ],
    [
      "a deep change",
      object({ a: { items: text } }),
      object({ a: { items: { type: "null" } } }),
      ["a[]: null is not string"],
    ],
    ["an enum that grows", { enum: ["a", "b"] }, { enum: ["a"] }, []],
    ["an enum that shrinks", { enum: ["a"] }, { enum: ["a", "b"] }, ["b is not among the values"]],
    ["a bound that is tighter", { maxLength: 3 }, { maxLength: 5 }, ["maxLength 3 is lower"]],
    ["an alternative more", { anyOf: [text, { type: "null" }] }, text, []],
    [
      "an alternative less",
      text,
      { anyOf: [text, { type: "null" }] },
      ['{"type":"null"} is valid by none of the alternatives'],
    ],
    ["another pattern", { pattern: "a" }, { pattern: "b" }, ["pattern is another"]],
    [
      "recursive schemas",
      { $defs: { n: object({ next: { $ref: "#/$defs/n" } }) }, $ref: "#/$defs/n" },
      { $defs: { n: object({ next: { $ref: "#/$defs/n" } }) }, $ref: "#/$defs/n" },
      [],
    ],
  ])("%s", (_, readAs, writtenAs, reasons) => {
    expect(jsonIncompatibilities(tree(readAs), tree(writtenAs))).toEqual(reasons);
  });
});
