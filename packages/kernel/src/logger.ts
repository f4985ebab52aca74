export type LogFields = Readonly<Record<string, unknown>>;

/** Four levels, a sentence, and fields for machines. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with `fields` added to each line. */
  with(fields: LogFields): Logger;
}
