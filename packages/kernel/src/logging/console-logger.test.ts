import { expect, test } from "vitest";
import { consoleLogger, type ConsoleLoggerOptions } from "./console-logger.js";

function written(options: ConsoleLoggerOptions, use: (logger: ReturnType<typeof consoleLogger>) => void): string[] {
  const lines: string[] = [];
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  use(consoleLogger({ ...options, clock, write: (line) => lines.push(line) }));
  return lines;
}

test("writes time, level, sentence and fields, warnings and worse only by default", () => {
  const lines = written({}, (logger) => {
    logger.debug("a");
    logger.info("b");
    logger.with({ task: "0_0" }).warn("Dropped a record.", { topic: "in", reason: "null key", size: 3n });
  });
  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z WARN Dropped a record. task=0_0 topic=in reason="null key" size=3\n',
  ]);
});

test("a cyclic field does not throw, an error shows its stack", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const lines = written({ level: "debug" }, (logger) => logger.error("Bad.", { cyclic, error: new Error("boom") }));
  expect(lines[0]).toContain('cyclic=[object Object] error="boom"\nError: boom');
});

test("silent writes nothing", () => {
  expect(written({ level: "silent" }, (logger) => logger.error("x"))).toEqual([]);
});
