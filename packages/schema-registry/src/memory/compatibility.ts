import { avroIncompatibilities } from "../avro/avro-compatibility.js";
import { jsonIncompatibilities } from "../json/json-compatibility.js";
import type { CompatibilityLevel, SchemaType } from "../port/schema.js";
import { protobufIncompatibilities } from "../protobuf/protobuf-compatibility.js";
import type { SchemaTree } from "../serde/schema-tree.js";

/** Gives the reasons why data written with one schema cannot be read with another; none: it can. */
type ReadCheck = (readAs: SchemaTree, writtenAs: SchemaTree) => readonly string[];

/** A version that a new schema is compared with. */
export interface ComparedVersion {
  readonly version: number;
  readonly tree: SchemaTree;
}

/**
 * The reasons why a schema must not follow the versions of a subject, oldest first, at a level. Each says which version it is
 * about.
 */
export function incompatibilities(
  level: CompatibilityLevel,
  candidate: SchemaTree,
  versions: readonly ComparedVersion[],
): readonly string[] {
  if (level === "NONE") return [];
  const compared = level.endsWith("_TRANSITIVE") ? versions : versions.slice(-1);
  const check = CHECKS[candidate.schema.type];
  const isBackward = !level.startsWith("FORWARD");
  const isForward = !level.startsWith("BACKWARD");
  return compared.flatMap(({ version, tree }) => {
    if (tree.schema.type !== candidate.schema.type)
      return [`version ${version} is of type ${tree.schema.type}, the new schema of type ${candidate.schema.type}`];
    return [
      ...(isBackward ? check(candidate, tree).map((why) => `cannot read version ${version}: ${why}`) : []),
      ...(isForward ? check(tree, candidate).map((why) => `version ${version} cannot read it: ${why}`) : []),
    ];
  });
}

const CHECKS: Readonly<Record<SchemaType, ReadCheck>> = {
  AVRO: avroIncompatibilities,
  JSON: jsonIncompatibilities,
  PROTOBUF: protobufIncompatibilities,
};
