import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import { addAbortSignal } from "node:stream";

/** A text to count: a file, or standard input. */
export interface Input {
  /** Names the input in its bookmark: the absolute path, or `-`. */
  readonly name: string;
  /** Undefined when nobody knows. */
  readonly sizeBytes: number | undefined;
  /** From the beginning. Ends with an AbortError when `signal` is raised, even while it waits for somebody to type. */
  chunks(signal: AbortSignal): AsyncIterable<Buffer>;
}

/** What is named is no text that can be read; the message says why. */
export class InputError extends Error {}

const chunkBytes = 128 * 1024;

/** Opens `path` (`-` is standard input). Throws InputError when there is no such file. */
export function openInput(path: string, workingDirectory: string): Input {
  if (path === "-")
    return { name: "-", sizeBytes: undefined, chunks: (signal) => addAbortSignal(signal, process.stdin) };
  const name = resolve(workingDirectory, path);
  const status = statSync(name, { throwIfNoEntry: false });
  if (status === undefined)
    throw new InputError(`There is no file ${name}. Name a text file, or - for standard input.`);
  if (status.isDirectory())
    throw new InputError(`${name} is a directory. Name the files in it, for example ${path}/*.txt.`);
  return {
    name,
    sizeBytes: status.size,
    chunks: (signal) => addAbortSignal(signal, createReadStream(name, { highWaterMark: chunkBytes })),
  };
}
