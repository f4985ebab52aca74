import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";

/** A text to count: a file, or standard input. */
export interface Input {
  /** Names the input in its bookmark: the absolute path, or `-`. */
  readonly name: string;
  /** Undefined when nobody knows. */
  readonly sizeBytes: number | undefined;
  chunks(): AsyncIterable<Buffer>;
}

const chunkBytes = 128 * 1024;

/** Opens `path` (`-` is standard input). Throws an error that names the path when it cannot be read. */
export function openInput(path: string, workingDirectory: string): Input {
  if (path === "-") return { name: "-", sizeBytes: undefined, chunks: () => process.stdin as AsyncIterable<Buffer> };
  const name = resolve(workingDirectory, path);
  const status = statSync(name, { throwIfNoEntry: false });
  if (status === undefined) throw new Error(`There is no file ${name}. Name a text file, or - for standard input.`);
  if (status.isDirectory()) throw new Error(`${name} is a directory. Name the files in it, for example ${path}/*.txt.`);
  return {
    name,
    sizeBytes: status.size,
    chunks: () => createReadStream(name, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>,
  };
}
