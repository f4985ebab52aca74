import { expect, it } from "vitest";
import ts from "typescript";
import * as millrace from "../packages/millrace/src/index.js";
import { markdownBlocks } from "./code-blocks.js";

it("the first program of the page on interactive queries asks its app", async () => {
  const code = markdownBlocks("docs/interactive-queries.md")[0]?.code ?? "";
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const printed: unknown[] = [];
  const run = new Function("require", "exports", "console", `return (async () => {${outputText}})()`) as (
    ...scope: unknown[]
  ) => Promise<void>;
  await run(() => millrace, {}, { log: (line: unknown) => printed.push(line) });
  // Nobody has said a word yet.
  expect(printed).toEqual([null]);
});
