#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import { avroTypesText } from "../avro/avro-types-text.js";
import type { SchemaTree } from "../serde/schema-tree.js";

interface Options {
  readonly reference: readonly string[];
  readonly longs: "number" | "bigint";
  readonly out?: string;
}

function treeOf(file: string, references: readonly SchemaTree[]): SchemaTree {
  const text = readFileSync(file, "utf8");
  return {
    schema: { type: "AVRO", text, references: [] },
    references: references.map((tree) => ({ name: nameOf(tree), tree })),
  };
}

function nameOf({ schema }: SchemaTree): string {
  const { name, namespace } = JSON.parse(schema.text) as { name?: string; namespace?: string };
  return namespace === undefined || name?.includes(".") === true ? String(name) : `${namespace}.${name}`;
}

/** `millrace-avro-types courier.avsc` writes `courier.ts`: the schema's TypeScript type, and the schema for `avroSerde`. */
await new Command("millrace-avro-types")
  .description("Writes the TypeScript types of Avro schemas, one .ts file beside each .avsc file.")
  .argument("<files...>", "schemas: .avsc files")
  .option("--reference <file>", "a schema with types that the others use; may be repeated, in order", collected, [])
  .option("--longs <type>", "what a long is: number or bigint", "number")
  .option("--out <folder>", "where the .ts files go, instead of beside the schemas")
  .action((files: readonly string[], { reference, longs, out }: Options) => {
    const references = reference.reduce<SchemaTree[]>((known, file) => [...known, treeOf(file, known)], []);
    for (const file of files) {
      const text = avroTypesText(treeOf(file, references), { longs });
      writeFileSync(join(out ?? dirname(file), `${basename(file, ".avsc")}.ts`), text);
    }
  })
  .parseAsync();

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
