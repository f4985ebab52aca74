export { ownMemory, ReusedMemory, SlabMemory, type ByteMemory } from "./byte-memory.js";
export type { JsonOptions } from "./json-serde.js";
export { keySerdeOf } from "./key-serde-of.js";
export { murmur2, partitionOfKey } from "@millrace/kafka-client";
export { serdes, type BuiltInSerdes } from "./serdes.js";
export { SerializationError } from "./serialization-error.js";
export { serializeTo } from "./serialize-to.js";
export { sortedProperties } from "./sorted-properties.js";
export { windowedPartitioner } from "./windowed-serde.js";
