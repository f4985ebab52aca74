import type { DeadLetter, ErrorContext } from "./error-handlers.js";
import type { Header } from "./headers.js";

/**
 * The dead letter that Kafka Streams writes (KIP-1034): key, value, timestamp and headers as they were read, then headers
 * `__streams.errors.` `exception`, `message`, `stacktrace`, `topic`, `partition` and `offset`, as text. For handlers that
 * choose the topic themselves. Outside of a record there is no key and no value, and the topic is null.
 */
export function deadLetterOf(topic: string, context: ErrorContext, error: unknown): DeadLetter {
  const { rawKey, rawValue, timestamp, headers, partition, offset } = context;
  const failure = error instanceof Error ? error : null;
  return {
    topic,
    key: rawKey,
    value: rawValue,
    timestamp,
    headers: [
      ...headers,
      header("exception", failure === null ? typeof error : failure.constructor.name),
      header("message", failure === null ? String(error) : failure.message),
      header("stacktrace", failure?.stack ?? String(error)),
      header("topic", context.topic === "" ? null : context.topic),
      header("partition", String(partition)),
      header("offset", String(offset)),
    ],
  };
}

function header(name: string, value: string | null): Header {
  return { key: `__streams.errors.${name}`, value: value === null ? null : Buffer.from(value) };
}
