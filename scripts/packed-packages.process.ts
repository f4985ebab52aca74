import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { markdownBlocks } from "./code-blocks.js";
import { ROOT } from "./command.js";

const BUILD_MS = 300_000;
const execute = promisify(execFile);
const PACKAGES = ["kernel", "kafka-client", "state-stores", "streams-core", "schema-registry", "millrace"];

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Where a user has installed what was packed: files of the tarballs alone, and the dependencies these declare. */
const user = mkdtempSync(join(tmpdir(), "millrace-packed-"));
const modules = join(user, "node_modules");

beforeAll(async () => {
  await run(join(ROOT, "node_modules/.bin/tsc"), ["--build"], ROOT);
  const { packageManager } = readManifest(ROOT) as unknown as { packageManager: string };
  const filter = `./packages/{${PACKAGES.join()}}`;
  await run("npx", ["--yes", packageManager, "--filter", filter, "pack", "--pack-destination", user], ROOT);
  for (const tarball of readdirSync(user)) await install(tarball);
  writeFileSync(join(user, "package.json"), '{ "private": true, "type": "module" }');
}, BUILD_MS);
afterAll(() => rmSync(user, { recursive: true, force: true }));

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await execute(program, [...args], { cwd })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`, { cause: error });
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Unpacks a package, and links what it declares that is not ours to what the workspace has of it. */
async function install(tarball: string): Promise<void> {
  await run("tar", ["-xzf", tarball], user);
  const { name, dependencies = {} } = readManifest(join(user, "package"));
  const home = join(modules, name);
  mkdirSync(dirname(home), { recursive: true });
  cpSync(join(user, "package"), home, { recursive: true });
  rmSync(join(user, "package"), { recursive: true });
  const source = join(ROOT, "packages", name.replace("@millrace/", ""), "node_modules");
  for (const [dependency, version] of Object.entries(dependencies)) {
    expect(version).not.toMatch(/^(workspace|catalog):/u);
    if (dependency.startsWith("@millrace/")) continue;
    const link = join(home, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(source, dependency)), link, "junction");
  }
}

/** README's first program, with a topic to read and a line to count around it; prints its counts. */
function wordCount(stateDir: string | null): string {
  const [block] = markdownBlocks("README.md");
  const program = (block?.code ?? "")
    .replace('embedded({ dir: ".millrace/log" })', "cluster")
    .replace("client:", `${stateDir === null ? "" : `stateDir: "${stateDir}", `}client:`)
    .replace('from "millrace";', `from "millrace";\n${BEFORE}`);
  return `${program}\n${AFTER}`;
}

const BEFORE = `
import { Producer, queryable } from "millrace";
const cluster = embedded();
const topics = ["streams-plaintext-input", "streams-wordcount-output"];
await cluster.admin().createTopics(topics.map((name) => ({ name, partitions: 1 })));`;
const AFTER = `
const producer = new Producer(cluster.connect());
await producer.send({ topic: "streams-plaintext-input", key: null, value: "Hello, hello streams" });
await app.caughtUp();
const rows = await app.store(queryable.keyValue("word-counts")).all().toArray();
const counts = rows.map(({ key, value }) => [key, value]);
await producer.close();
await app.close();
await cluster.close();
console.log(JSON.stringify(counts));`;

/** Reads an older record as its own, in an app. */
const ON_AVRO = `
import { avroSerde, inMemoryRegistry } from "@millrace/schema-registry";
import { embedded, Producer, readTopic, serdes, StreamsApp, StreamsBuilder } from "millrace";
const registry = inMemoryRegistry({ faults: {} });
const fields = [{ name: "id", type: "string" }, { name: "nick", type: "string", default: "-" }];
const older = avroSerde({ registry, schema: { type: "record", name: "Courier", fields: fields.slice(0, 1) } });
const newer = avroSerde({ registry, schema: { type: "record", name: "Courier", fields } });
const cluster = embedded();
await cluster.admin().createTopics(["couriers", "out"].map((name) => ({ name, partitions: 1 })));
await older.open({ topics: ["couriers"] });
const producer = new Producer(cluster.connect());
await producer.send({ topic: "couriers", key: "a", value: older.serialize("couriers", { id: "ada" }) });
await producer.close();
const builder = new StreamsBuilder({ key: serdes.string, value: newer });
builder.table("couriers").toStream().to("out");
const app = new StreamsApp(builder.build(), { applicationId: "avro", client: cluster });
await app.start();
await app.caughtUp();
for await (const { value } of readTopic(cluster, "out")) console.log(JSON.stringify(newer.deserialize("out", value)));
await app.close();
await cluster.close();`;

describe("what is packed", () => {
  it("holds sources and what is built of them, no tests", () => {
    for (const name of readdirSync(join(modules, "@millrace"))) {
      const files = readdirSync(join(modules, "@millrace", name), { recursive: true }) as string[];
      expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]));
      const surplus = /\.(test|test-d|oracle|simulation|process|broker|soak|fixture)\.|tsbuildinfo/u;
      expect(files.filter((file) => surplus.test(file) && !file.startsWith("node_modules"))).toEqual([]);
    }
  });

  it("can be imported by every name it exports", async () => {
    const names = PACKAGES.flatMap((folder) => {
      const { name, exports } = readManifest(join(ROOT, "packages", folder));
      return Object.keys(exports).map((path) => `${name}${path.slice(1)}`);
    });
    writeFileSync(join(user, "imports.js"), names.map((name) => `await import("${name}");`).join("\n"));
    await run(process.execPath, ["imports.js"], user);
  });

  it.each([
    ["on the heap", null],
    ["in LevelDB, whose ranges a file beside the code reads", "state"],
  ])("counts the words of the first page, with state %s", async (_where, stateDir) => {
    writeFileSync(join(user, "word-count.js"), wordCount(stateDir));
    const printed = await run(process.execPath, ["word-count.js"], user);
    expect(JSON.parse(printed)).toEqual([
      ["hello", 2],
      ["streams", 1],
    ]);
  });

  it("runs a topology on Avro, and writes the types of a schema file", async () => {
    writeFileSync(join(user, "avro.js"), ON_AVRO);
    expect(await run(process.execPath, ["avro.js"], user)).toBe('{"id":"ada","nick":"-"}\n');
    const schema = { type: "record", name: "Courier", fields: [{ name: "id", type: "string" }] };
    writeFileSync(join(user, "courier.avsc"), JSON.stringify(schema));
    const program = join(modules, "@millrace/schema-registry/dist/cli/avro-types.js");
    await run(process.execPath, [program, "courier.avsc"], user);
    expect(readFileSync(join(user, "courier.ts"), "utf8")).toContain("export interface Courier {\n  id: string;\n}");
  });

  it("has types for a strict program that checks its libraries as well", async () => {
    const program = `import { TopologyTestDriver } from "millrace/testing";\n${markdownBlocks("README.md")[0]?.code ?? ""}
      const words: number | undefined = builder.stream("in").groupByKey().count({ store: "c" }) as never;
      void [words, TopologyTestDriver];`;
    writeFileSync(join(user, "program.ts"), program);
    const flags = [
      "--noEmit",
      "--strict",
      "--exactOptionalPropertyTypes",
      "--module",
      "nodenext",
      "--target",
      "es2023",
    ];
    const types = ["--lib", "es2023,esnext.disposable", "--types", "node", "--typeRoots"];
    const typeRoots = join(ROOT, "node_modules/@types");
    await run(join(ROOT, "node_modules/.bin/tsc"), [...flags, ...types, typeRoots, "program.ts"], user);
  });
});
