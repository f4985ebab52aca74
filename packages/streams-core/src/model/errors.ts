import { MillraceError } from "@millrace/kernel";

/** The topology cannot be built as written. Kafka Streams' TopologyException. */
export class TopologyError extends MillraceError {
  readonly code: string = "MILLRACE_TOPOLOGY";
}

/** An argument that can never be right, such as a negative duration. Kafka Streams throws IllegalArgumentException or NullPointerException. */
export class InvalidArgumentError extends MillraceError {
  readonly code = "MILLRACE_INVALID_ARGUMENT";
}

/** The engine cannot go on with a record or a task. Kafka Streams' StreamsException. */
export class StreamsError extends MillraceError {
  readonly code: string = "MILLRACE_STREAMS";
}
