import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./command.js";
import { documents } from "./documents.js";

const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/gu;
const OPTION = /^ {2}readonly (\w+)\??:/gmu;
const RULE = /\*\*([A-Z]{1,2}\d+)\b/gu;

describe("documents", () => {
  it.each(documents())("%s links to files that are there", (document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    const targets = [...text.matchAll(LINK)].map((match) => join(ROOT, dirname(document), String(match[1])));
    expect(targets.filter((target) => !existsSync(target)).map((target) => relative(ROOT, target))).toEqual([]);
  });

  it("gives each rule of the semantics one id", () => {
    const text = readFileSync(join(ROOT, "docs/semantics.md"), "utf8");
    const ids = [...text.matchAll(RULE)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(30);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it.each([
    ["KafkaOptions", "packages/kafka-client/src/kafkajs/kafka-options.ts"],
    ["StreamsAppOptions", "packages/streams-core/src/app/app-options.ts"],
    ["AssignmentOptions", "packages/streams-core/src/app/assignment-options.ts"],
    ["ClientOptions", "packages/streams-core/src/app/client-options.ts"],
  ])("running on Kafka names every option of %s", (name, file) => {
    const page = readFileSync(join(ROOT, "docs/running-on-kafka.md"), "utf8");
    const source = readFileSync(join(ROOT, file), "utf8");
    const begin = source.indexOf(`export interface ${name} `);
    const options = [...source.slice(begin, source.indexOf("\n}", begin)).matchAll(OPTION)].map((match) => match[1]);
    expect(options.length).toBeGreaterThan(5);
    expect(options.filter((option) => !page.includes(`\`${option}\``))).toEqual([]);
  });
});
