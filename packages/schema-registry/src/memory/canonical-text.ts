import { parseAvro } from "../avro/parse-avro.js";
import type { SchemaTree } from "../serde/schema-tree.js";

/** A text that equal schemas share. With `normalize`, also those that only are written differently. */
export function canonicalText(tree: SchemaTree, normalize: boolean): string {
  const references = tree.schema.references.map(({ name, subject, version }) => [name, subject, version]);
  return JSON.stringify([tree.schema.type, textOf(tree, normalize), references]);
}

function textOf(tree: SchemaTree, normalize: boolean): unknown {
  const { type, text } = tree.schema;
  if (type === "PROTOBUF") return normalize ? withoutSpace(text) : text.trim();
  if (!normalize) return JSON.parse(text);
  return type === "AVRO" ? parseAvro(tree, {}).schema({ exportAttrs: true }) : sorted(JSON.parse(text));
}

function withoutSpace(text: string): string {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/gu, " ");
  return withoutComments.replace(/\s+/gu, " ").replace(/ ?([{}();=,<>[\]]) ?/gu, "$1");
}

function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, sorted(value)]));
}
