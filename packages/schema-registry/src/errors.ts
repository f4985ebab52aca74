import { RetriableError } from "@millrace/kafka-client";
import { MillraceError } from "@millrace/kernel";
import type { UnpreparedError } from "@millrace/streams-core";

/** Base of what serdes with a schema and registries throw. One class per decision its catcher can take. */
export abstract class SchemaError extends MillraceError {}

/** The bytes do not begin with the magic byte 0: the record was written by another serde. */
export class WrongMagicByteError extends SchemaError {
  readonly code = "MILLRACE_WRONG_MAGIC_BYTE";
  constructor(found: number) {
    super(
      `The record begins with byte ${found}, not with the magic byte 0 of schema registries: it was written without one. ` +
        "Give the topic the serde it was written with.",
    );
  }
}

/** The bytes end before the value does. */
export class TruncatedPayloadError extends SchemaError {
  readonly code = "MILLRACE_TRUNCATED_PAYLOAD";
}

/** The bytes claim more items than there can be, and nothing was allocated for them. */
export class PayloadLengthError extends SchemaError {
  readonly code = "MILLRACE_PAYLOAD_LENGTH";
}

/** The bytes are not what the schema they name would have written. */
export class MalformedPayloadError extends SchemaError {
  readonly code = "MILLRACE_MALFORMED_PAYLOAD";
}

/** The value is not what the schema describes; `path` leads to what is wrong in it. */
export class InvalidValueError extends SchemaError {
  readonly code = "MILLRACE_INVALID_VALUE";
  /** E.g. `position.latitude`; empty for the value itself. */
  readonly path: string;
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** No schema has the id that a record names. */
export class UnknownSchemaIdError extends SchemaError {
  readonly code = "MILLRACE_UNKNOWN_SCHEMA_ID";
  readonly id: number;
  constructor(id: number, options?: ErrorOptions) {
    super(
      `The registry has no schema with id ${id}. Point the serde at the registry the record was written with.`,
      options,
    );
    this.id = id;
  }
}

/**
 * A serde was asked before it knew the schema: `open` was not told of the topic, or `prepare` not of the id. Apps await
 * `prepareSerde()` and try again.
 */
export class SchemaNotPreparedError extends SchemaError implements UnpreparedError {
  readonly code = "MILLRACE_SCHEMA_NOT_PREPARED";
  readonly #prepare: () => Promise<void>;
  constructor(message: string, prepare: () => Promise<void>) {
    super(message);
    this.#prepare = prepare;
  }

  /** Asks the registry. */
  prepareSerde(): Promise<void> {
    return this.#prepare();
  }
}

/** The text is no schema of its language, or uses what cannot be found. */
export class InvalidSchemaError extends SchemaError {
  readonly code = "MILLRACE_INVALID_SCHEMA";
}

/** The schema a record was written with cannot be read as the schema of the serde. */
export class UnreadableSchemaError extends SchemaError {
  readonly code = "MILLRACE_UNREADABLE_SCHEMA";
}

/** The registry refuses a new version of a subject, for the reasons in `messages`. */
export class IncompatibleSchemaError extends SchemaError {
  readonly code = "MILLRACE_INCOMPATIBLE_SCHEMA";
  readonly subject: string;
  readonly messages: readonly string[];
  constructor(subject: string, messages: readonly string[], options?: ErrorOptions) {
    super(
      `Subject ${subject} does not take the schema as its next version: ${messages.join("; ")}. Change the schema (a new ` +
        "field needs a default), write to another topic, or set another compatibility level for the subject.",
      options,
    );
    this.subject = subject;
    this.messages = messages;
  }
}

/** No such subject, version, or schema under the subject. */
export class SchemaNotFoundError extends SchemaError {
  readonly code = "MILLRACE_SCHEMA_NOT_FOUND";
  readonly subject: string;
  constructor(subject: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.subject = subject;
  }
}

/** The registry does not know the user, or does not let them. */
export class RegistryAuthorizationError extends SchemaError {
  readonly code = "MILLRACE_REGISTRY_AUTHORIZATION";
}

/** The registry answers with an error that trying again does not help. */
export class RegistryRefusedError extends SchemaError {
  readonly code = "MILLRACE_REGISTRY_REFUSED";
  /** Of HTTP; 0 where there is none. */
  readonly status: number;
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The registry was closed. */
export class RegistryClosedError extends SchemaError {
  readonly code = "MILLRACE_REGISTRY_CLOSED";
  constructor() {
    super("The schema registry was closed. Close it after the apps and clients that use it.");
  }
}

/** The registry did not answer, or was busy, for as long as was to be tried. May go well when tried again. */
export class RegistryUnavailableError extends RetriableError {
  override readonly code = "MILLRACE_REGISTRY_UNAVAILABLE";
}
