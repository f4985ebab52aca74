import { InvalidArgumentError, type Command } from "commander";
import { MillraceError } from "millrace";

/** Runs the command line; an error ends it with exit code 1, one that Millrace throws on purpose with its sentence only. */
export async function runProgram(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof MillraceError ? `${error.code}: ${error.message}` : error);
  }
}

/** For options that count something. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a whole number from 1 upwards.");
}
