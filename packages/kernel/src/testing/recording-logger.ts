import type { LogFields, Logger } from "../logger.js";
import type { LogLevel } from "../logging/log-level.js";

export interface LogLine {
  readonly level: Exclude<LogLevel, "silent">;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, for tests to read; loggers made by `with` write to the same list. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[];
  readonly #fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#keep("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#keep("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#keep("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#keep("error", message, fields);
  }

  with(fields: LogFields): RecordingLogger {
    return new RecordingLogger(this.lines, { ...this.#fields, ...fields });
  }

  #keep(level: LogLine["level"], message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
