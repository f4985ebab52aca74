import avsc from "avsc";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SchemaTree } from "../serde/schema-tree.js";
import { avroIncompatibilities } from "./avro-compatibility.js";

const CASES = 5_000;

function tree(schema: unknown): SchemaTree {
  return { schema: { type: "AVRO", text: JSON.stringify(schema), references: [] }, references: [] };
}

const primitive = fc.constantFrom("null", "boolean", "int", "long", "float", "double", "bytes", "string");
const leaf = fc.oneof(
  { weight: 4, arbitrary: primitive },
  fc.constantFrom<object>(
    { type: "enum", name: "E", symbols: ["A", "B"] },
    { type: "enum", name: "E", symbols: ["A", "B", "C"] },
    { type: "enum", name: "E", symbols: ["A"], default: "A" },
    { type: "fixed", name: "F", size: 2 },
    { type: "fixed", name: "F", size: 3 },
  ),
);
const inner = fc.oneof(
  { weight: 3, arbitrary: leaf },
  leaf.map((items) => ({ type: "array", items })),
  leaf.map((values) => ({ type: "map", values })),
  fc.uniqueArray(primitive, { minLength: 1, maxLength: 3 }),
);
const field = (name: string) =>
  fc.oneof(
    inner.map((type) => ({ name, type })),
    fc.constant({ name, type: ["null", "int"], default: null }),
    fc.constant({ name, type: "int", default: 0 }),
    fc.constant(null),
  );
const record = fc
  .tuple(fc.constantFrom("R", "S"), field("a"), field("b"))
  .map(([name, ...fields]) => ({ type: "record", name, fields: fields.filter((each) => each !== null) }))
  .filter(({ fields }) => isSchema({ type: "record", name: "R", fields }));

function isSchema(schema: unknown): boolean {
  try {
    avsc.Type.forSchema(schema as never);
    return true;
  } catch {
    return false;
  }
}

it("finds reasons exactly where avsc cannot make a resolver", () => {
  let compatible = 0;
  const test = fc.property(record, record, (readAs, writtenAs) => {
    let canResolve = true;
    try {
      avsc.Type.forSchema(readAs as never).createResolver(avsc.Type.forSchema(writtenAs as never), {
        ignoreNamespaces: true,
      });
    } catch {
      canResolve = false;
    }
    if (canResolve) compatible++;
    expect(avroIncompatibilities(tree(readAs), tree(writtenAs)).length === 0).toBe(canResolve);
  });
  fc.assert(test, { numRuns: CASES, seed: 17 });
  expect(compatible).toBeGreaterThan(CASES / 50);
});
