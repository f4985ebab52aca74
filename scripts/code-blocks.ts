import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.js";

/** A piece of TypeScript that stands in prose: a fenced block of a page, or the `@example` of a docstring. */
export interface CodeBlock {
  /** The file it stands in, as a path from the root. */
  readonly file: string;
  /** The line its first line of code stands on, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The `ts` blocks of a Markdown file. */
export function markdownBlocks(file: string): CodeBlock[] {
  return blocksOf(file, /^```ts$/u, /^```$/u, (line) => line);
}

/** The `@example` blocks of a source file's docstrings; each goes to the end of its docstring or to the next tag. */
export function docstringExamples(file: string): CodeBlock[] {
  return blocksOf(file, /^\s*\* @example$/u, /^\s*\*(\/| @)/u, (line) => line.replace(/^\s*\* ?/u, ""));
}

function blocksOf(file: string, opens: RegExp, closes: RegExp, strip: (line: string) => string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { line: number; lines: string[] } | null = null;
  for (const [index, text] of readFileSync(join(ROOT, file), "utf8").split("\n").entries()) {
    if (open !== null && closes.test(text)) {
      blocks.push({ file, line: open.line, code: open.lines.join("\n") });
      open = null;
    }
    if (open !== null) open.lines.push(strip(text));
    else if (opens.test(text)) open = { line: index + 2, lines: [] };
  }
  return blocks;
}
