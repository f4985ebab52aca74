import { inspect } from "node:util";

function text(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { breakLength: Infinity });
}

/** `key, value` as Kafka Streams prints records; strings bare, everything else as Node shows it, on one line. */
export function printedRecord(key: unknown, value: unknown): string {
  return `${text(key)}, ${text(value)}`;
}

export function printToStandardOutput(line: string): void {
  process.stdout.write(line);
}
