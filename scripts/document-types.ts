import { join } from "node:path";
import ts from "typescript";
import { docstringExamples, markdownBlocks, type CodeBlock } from "./code-blocks.js";
import { ROOT } from "./command.js";
import { documents } from "./documents.js";
import { sourceFiles } from "./source-files.js";
import type { TierResult } from "./tally.js";

/** Blocks are compiled as if they stood here: the umbrella depends on everything users import, and knows itself by name. */
const PLACE = join(ROOT, "packages/millrace/documents");

/** Packages the umbrella does not know: where a package stands that depends on them, and what their fragments speak of. */
const ELSEWHERE: readonly { readonly pages: RegExp; readonly place: string; readonly scenery?: string }[] = [
  { pages: /^packages\/broker-harness\//u, place: join(ROOT, "packages/broker-harness/documents") },
  {
    pages: /^packages\/schema-registry\//u,
    place: join(ROOT, "packages/examples/documents"),
    scenery:
      "import { avroSchema, avroSerde, httpRegistry, inMemoryRegistry, jsonSchemaSerde, protobufSerde, type AvroType } " +
      'from "@millrace/schema-registry";',
  },
];

/** What fragments may speak of without saying where it comes from. One line, so that the code's lines are counted on. */
const SCENERY = [
  'import { embedded, keyValueStore, serdes, StreamRecord, StreamsApp, StreamsBuilder } from "millrace";',
  'import { kafka, logAndContinue, queryable, RetriableError } from "millrace";',
  'import { suppressed, versionedKeyValueStore, windows, windowStore } from "millrace";',
  'import { MockProcessorContext, TopologyTestDriver } from "millrace/testing";',
  'import type { GlobalKTable, KStream, KTable, Processor, FixedKeyProcessorContext, ProcessorContext, KeyValueStore } from "millrace";',
  "interface Order { customer: string; countryCode: string; total: number; items: { sku: string; pieces: number }[] }",
  "interface User { active: boolean; name: string; city: string }",
  "interface Courier { city: string; latitude: number }",
  "interface Click { page: string }",
  "interface Country { name: string }",
  "interface Shipment extends Order { city: string }",
  "declare const clicks: KStream<string, Click>, payments: KStream<string, { amount: number }>;",
  "declare const refunds: KStream<string, number>, countries: GlobalKTable<string, Country>;",
  "declare const accounts: KTable<string, { balance: number }>, invoices: KTable<string, Order>;",
  "declare function customerOf(order: Order): Promise<string>;",
  "declare function weatherAt(city: string, options: { signal: AbortSignal }): Promise<unknown>;",
  "interface Stock { shop: string; pieces: number }",
  "declare class Deduplicate implements Processor<string, Order, string, Order> { process(): void }",
  "declare const builder: StreamsBuilder<string, string>;",
  "declare const stream: KStream<string, string>, lines: KStream<string, string>, words: KStream<string, string>;",
  "declare const visits: KStream<string, string>, purchases: KStream<string, number>;",
  "declare const orders: KStream<string, Order>, couriers: KStream<string, Courier>;",
  "declare const users: KTable<string, User>, stock: KTable<string, Stock>, counts: KTable<string, number>;",
  "declare const app: StreamsApp;",
  'const wordCounts = queryable.keyValue<string, number>("word-counts");',
  'const clicksByMinute = queryable.window<string, number>("clicks-by-minute");',
  "declare const processor: Required<Processor<string, number, string, number>>;",
  "export async function fragment() {",
].join(" ");

/** Compiles the `ts` blocks of all pages and the `@example`s of all docstrings; each counts as one test. */
export function checkDocumentTypes(): TierResult {
  const sources = sourceFiles(".ts").filter((file) => /^packages\/[^/]+\/src\//u.test(file));
  const blocks = [...documents().flatMap(markdownBlocks), ...sources.flatMap(docstringExamples)];
  const errors = compile(blocks);
  const failed = blocks.filter((block) => errors.has(block)).length;
  return {
    tally: { passed: blocks.length - failed, failed, skipped: 0 },
    details: [...errors.values()].flat().join("\n"),
  };
}

/** What the compiler says about each block that does not compile. */
export function compile(blocks: readonly CodeBlock[]): Map<CodeBlock, string[]> {
  const texts = new Map(
    blocks.map((block, index) => [
      join(elsewhere(block)?.place ?? PLACE, `block-${index}.ts`),
      { block, text: asModule(block) },
    ]),
  );
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, target) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const errors = new Map<CodeBlock, string[]>();
  for (const [path, { block }] of texts) {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    if (found.length > 0)
      errors.set(
        block,
        found.map((diagnostic) => sentence(block, diagnostic)),
      );
  }
  return errors;
}

const elsewhere = ({ file }: CodeBlock) => ELSEWHERE.find(({ pages }) => pages.test(file));

/** A block that imports what it uses stands for itself; any other is a fragment amid the scenery. One line goes before. */
function asModule(block: CodeBlock): string {
  if (/^import /mu.test(block.code)) return `// As it stands.\n${block.code}`;
  return `${elsewhere(block)?.scenery ?? ""} ${SCENERY}\n${block.code}\n}`;
}

function sentence(block: CodeBlock, { file, start, messageText, code }: ts.Diagnostic): string {
  const line = file === undefined ? 1 : file.getLineAndCharacterOfPosition(start ?? 0).line;
  return `${block.file}:${block.line + line - 1} - error TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

/** Ours, but for what goes beyond `strict`: a page has to compile in its reader's project. */
function compilerOptions(): ts.CompilerOptions {
  const file = join(ROOT, "tsconfig.types.json");
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as { config: unknown };
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options, noUncheckedIndexedAccess: false };
}
