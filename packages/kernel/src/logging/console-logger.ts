import type { Clock } from "../clock.js";
import type { LogFields, Logger } from "../logger.js";
import { systemClock } from "../system/system-clock.js";
import { isLogged, type LogLevel } from "./log-level.js";

/** Settings of `consoleLogger`. */
export interface ConsoleLoggerOptions {
  /** Least severe level that is written. Default `warn`: no noise unless something needs attention. */
  readonly level?: LogLevel;
  readonly clock?: Clock;
  /** Takes one line, line end included. Default: stderr, so that stdout stays the program's own. */
  readonly write?: (line: string) => void;
}

const writeToStderr = (line: string): void => {
  process.stderr.write(line);
};

/** One line per event, `2026-01-31T12:00:00.000Z WARN sentence key=value`; the stack of an `error` field follows on lines of its own. */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level = "warn", clock = systemClock, write = writeToStderr } = options;
  return new ConsoleLogger({ level, clock, write }, {});
}

class ConsoleLogger implements Logger {
  readonly #options: Required<ConsoleLoggerOptions>;
  readonly #fields: LogFields;

  constructor(options: Required<ConsoleLoggerOptions>, fields: LogFields) {
    this.#options = options;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  with(fields: LogFields): Logger {
    return new ConsoleLogger(this.#options, { ...this.#fields, ...fields });
  }

  #log(line: LogLevel, message: string, fields: LogFields | undefined): void {
    const { level, clock, write } = this.#options;
    if (!isLogged(line, level)) return;
    const time = new Date(clock.nowMs()).toISOString();
    write(`${time} ${line.toUpperCase()} ${message}${fieldsText({ ...this.#fields, ...fields })}\n`);
  }
}

function fieldsText(fields: LogFields): string {
  let text = "";
  let stacks = "";
  for (const [name, value] of Object.entries(fields)) {
    text += ` ${name}=${valueText(value)}`;
    if (value instanceof Error && value.stack !== undefined) stacks += `\n${value.stack}`;
  }
  return text + stacks;
}

function valueText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "bigint" || value === undefined || typeof value === "function") return String(value);
  try {
    return typeof value === "string" && /^[^\s"=]+$/u.test(value) ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    // A log line must never throw: cyclic objects and BigInts inside objects end here.
    return String(value);
  }
}
