/** From most to least talkative; `silent` says nothing at all. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** Whether a line of `line` is written by a logger set to `level`. */
export function isLogged(line: LogLevel, level: LogLevel): boolean {
  return RANKS[line] >= RANKS[level];
}
