/** Serdes whose records carry the id of a schema, and the registries that keep the schemas. */
export { avroSchema, type AvroSchema, type AvroSchemaOf } from "./avro/avro-schema.js";
export { avroSerde, type AvroReference, type AvroSerdeOptions } from "./avro/avro-serde.js";
export type { AvroType } from "./avro/avro-type.js";
export type { LogicalTypeClass } from "./avro/logical-types.js";
export type { AvroTypeOptions } from "./avro/parse-avro.js";
export {
  IncompatibleSchemaError,
  InvalidSchemaError,
  InvalidValueError,
  MalformedPayloadError,
  PayloadLengthError,
  RegistryAuthorizationError,
  RegistryClosedError,
  RegistryRefusedError,
  RegistryUnavailableError,
  SchemaError,
  SchemaNotFoundError,
  SchemaNotPreparedError,
  TruncatedPayloadError,
  UnknownSchemaIdError,
  UnreadableSchemaError,
  WrongMagicByteError,
} from "./errors.js";
export { httpRegistry, type HttpRegistryOptions, type RegistryWorld } from "./http/http-registry.js";
export {
  jsonSchemaSerde,
  type JsonSchema,
  type JsonSchemaReference,
  type JsonSchemaSerdeOptions,
} from "./json/json-schema-serde.js";
export { inMemoryRegistry, type InMemoryRegistryOptions, type RegistryFaults } from "./memory/in-memory-registry.js";
export type {
  Answer,
  DeleteOptions,
  RegistrationOptions,
  SchemaQuestions,
  SchemaRegistry,
} from "./port/schema-registry.js";
export type {
  CompatibilityLevel,
  CompatibilityVerdict,
  RegisteredSchema,
  SchemaReference,
  SchemaText,
  SchemaType,
} from "./port/schema.js";
export { protobufSerde, type ProtobufReference, type ProtobufSerdeOptions } from "./protobuf/protobuf-serde.js";
export type { RegistrySerde, RegistrySerdeOptions } from "./serde/registry-serde.js";
export {
  subjectNames,
  type SubjectContext,
  type SubjectNames,
  type SubjectNameStrategy,
} from "./subjects/subject-name.js";
