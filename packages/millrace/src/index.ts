/** What a first page imports: topologies, apps, clients, serdes and the errors they throw. */
export * from "@millrace/kafka-client";
export {
  consoleLogger,
  MillraceError,
  silentLogger,
  systemEnvironment,
  type ConsoleLoggerOptions,
  type Environment,
  type Logger,
  type LogLevel,
  type MetricValue,
} from "@millrace/kernel";
export {
  StateCorruptedError,
  StateFormatError,
  StateLockedError,
  StateOpenError,
  StateWriteError,
} from "@millrace/state-stores";
export * from "@millrace/streams-core";
