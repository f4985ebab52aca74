import protobuf from "protobufjs";
import { InvalidSchemaError } from "../errors.js";
import type { SchemaTree } from "../serde/schema-tree.js";

/** A parsed `.proto` file. */
export interface ProtobufFile {
  readonly root: protobuf.Root;
  /** Messages in the order of the file, nested ones within theirs: what message indexes count. */
  readonly messages: readonly protobuf.Type[];
}

/** The messages of a `.proto` file and all it imports. Throws InvalidSchemaError. */
export function parseProtobuf(tree: SchemaTree): ProtobufFile {
  try {
    const root = new protobuf.Root();
    const namespace = parseInto(root, tree, new Set());
    root.resolveAll();
    return { root, messages: messagesOf(namespace, tree.schema.text) };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidSchemaError(`Not a .proto file: ${what}. Correct the schema, or name what it imports.`, { cause });
  }
}

/** Nested messages in the order of the file. */
export function nestedMessages(type: protobuf.Type): readonly protobuf.Type[] {
  return type.nestedArray.filter((nested): nested is protobuf.Type => nested instanceof protobuf.Type);
}

/** Gives what holds the file's own messages: its package. */
function parseInto(root: protobuf.Root, tree: SchemaTree, parsed: Set<string>): protobuf.NamespaceBase {
  const known = new Map(tree.references.map(({ name, tree: referred }) => [name, referred]));
  const file = protobuf.parse(tree.schema.text, root, { keepCase: true });
  for (const name of [...(file.imports ?? []), ...(file.weakImports ?? [])]) {
    if (parsed.has(name)) continue;
    parsed.add(name);
    const referred = known.get(name);
    if (referred !== undefined) parseInto(root, referred, parsed);
    else addWellKnown(root, name);
  }
  const found = file.package === undefined ? root : root.lookup(file.package);
  return found as protobuf.NamespaceBase;
}

/** Google's own files come with protobufjs. */
function addWellKnown(root: protobuf.Root, name: string): void {
  const file = protobuf.common.get(name);
  if (file?.nested === undefined) throw new Error(`it imports ${name}, which is no reference of it`);
  root.addJSON(file.nested);
}

/** Of a package, which other files may share, the messages of this file. */
function messagesOf(namespace: protobuf.NamespaceBase, text: string): readonly protobuf.Type[] {
  const own = protobuf.parse(text, new protobuf.Root(), { keepCase: true });
  const holder = own.package === undefined ? own.root : (own.root.lookup(own.package) as protobuf.NamespaceBase);
  const names = holder.nestedArray.filter((nested) => nested instanceof protobuf.Type).map(({ name }) => name);
  return names.map((name) => namespace.lookupType(name));
}
