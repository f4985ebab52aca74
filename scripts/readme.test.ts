import { expect, it } from "vitest";
import ts from "typescript";
import * as millrace from "../packages/millrace/src/index.js";
import { markdownBlocks } from "./code-blocks.js";

const { Consumer, embedded, Producer, queryable } = millrace;

/** Runs the first page's first block as it stands, but on `cluster` in place of the log on disk that it opens. */
async function runFirstBlock(cluster: millrace.EmbeddedCluster): Promise<millrace.StreamsApp> {
  const code = markdownBlocks("README.md")[0]?.code ?? "";
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const require = () => ({ ...millrace, embedded: () => cluster });
  const run = new Function("require", "exports", `return (async () => {${outputText}; return app; })()`) as (
    ...scope: unknown[]
  ) => Promise<millrace.StreamsApp>;
  return run(require, {});
}

it("the first page's program counts words", async () => {
  await using cluster = embedded();
  const topics = ["streams-plaintext-input", "streams-wordcount-output"];
  await cluster.admin().createTopics(topics.map((name) => ({ name, partitions: 1 })));
  const app = await runFirstBlock(cluster);
  await using producer = new Producer(cluster.connect());
  await producer.send({ topic: "streams-plaintext-input", key: null, value: "Hello, hello streams" });
  const wordCounts = queryable.keyValue<string, number>("word-counts");
  await expect.poll(() => app.store(wordCounts).get("streams")).not.toBeNull();
  // Counts are kept back until the next commit; closing is one.
  await app.close();

  const counts: [string, number][] = [];
  await using consumer = new Consumer(cluster.connect(), { groupId: "reader", topics: ["streams-wordcount-output"] });
  for await (const { key, value } of consumer) {
    counts.push([String(key), Number(value?.readBigInt64BE())]);
    if (counts.length === 2) break;
  }
  expect(counts).toEqual([
    ["hello", 2],
    ["streams", 1],
  ]);
});
