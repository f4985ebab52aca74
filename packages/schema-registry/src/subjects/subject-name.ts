import { InvalidSchemaError } from "../errors.js";

/** What a subject's name may be made of. */
export interface SubjectContext {
  readonly topic: string;
  readonly isKey: boolean;
  /** Full name of the schema's record or message; the title of a JSON schema; null where there is none. */
  readonly recordName: string | null;
}

/** Gives the subject under which a topic's schema is registered. */
export type SubjectNameStrategy = (context: SubjectContext) => string;

/** Confluent's three strategies; any function of the same form is one, too. */
export interface SubjectNames {
  /** `TOPIC-key`, `TOPIC-value`: one schema, and its versions, a topic. The default. */
  readonly topic: SubjectNameStrategy;
  /** The record's full name: topics may mix records, and a record evolves the same way everywhere. */
  readonly record: SubjectNameStrategy;
  /** `TOPIC-RECORD`: topics may mix records, and each evolves by itself in every topic. */
  readonly topicRecord: SubjectNameStrategy;
}

export const subjectNames: SubjectNames = Object.freeze({
  topic: ({ topic, isKey }: SubjectContext) => `${topic}-${isKey ? "key" : "value"}`,
  record: (context: SubjectContext) => nameOf(context),
  topicRecord: (context: SubjectContext) => `${context.topic}-${nameOf(context)}`,
});

function nameOf({ recordName, topic }: SubjectContext): string {
  if (recordName !== null) return recordName;
  throw new InvalidSchemaError(
    `The schema for topic ${topic} has no name to make a subject of. Use subjectNames.topic, or a schema with a name.`,
  );
}
