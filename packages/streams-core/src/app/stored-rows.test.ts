import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import type { ProcessorContext, StreamRecord, TimestampedKeyValueStore } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { timestampedKeyValueStore } from "../stores/index.js";
import { AppHarness } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import { LearningSerde, type School } from "./learning-serde.fixture.js";
import { queryable } from "./queries/queryable.js";
import type { StreamsApp } from "./streams-app.js";

let harness: AppHarness;
let stateDir: string;
let school: School;
let errors: unknown[];

beforeEach(() => {
  harness = new AppHarness({ realIo: true });
  stateDir = mkdtempSync(join(tmpdir(), "millrace-rows-"));
  school = new Map();
  errors = [];
});

afterEach(async () => {
  await harness.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Puts each text before those that came before; reading what is stored needs letters that this process may not know. */
function texts(value = new LearningSerde(harness.environment, school)): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .peek((_, text) => value.learned.add(text[0]!))
    .groupByKey()
    .reduce((before, text) => text + before, { store: "texts", value })
    .toStream()
    .to("out", { value: serdes.string });
  return builder.build();
}

type AppOptions = Parameters<AppHarness["makeApp"]>[1];

async function start(topology: Topology, options: AppOptions): Promise<StreamsApp> {
  const app = harness.makeApp(topology, { cacheMaxBytes: 0, ...options });
  app.onError((error) => errors.push(error));
  await harness.run(app.start());
  return app;
}

const produce = (...values: readonly string[]) =>
  harness.produce(
    "in",
    values.map((value) => ({ key: "k", value })),
  );

const written = async () => (await harness.read("out")).map(([, text]) => text);

describe.each(["at-least-once", "exactly-once"] as const)("rows of others, %s", (processingGuarantee) => {
  beforeEach(() => harness.createTopics({ in: 1, out: 1, names: 1 }));

  test.each(["on disk", "of the changelog"])(
    "%s, of an earlier run, are read with nothing begun anew",
    async (place) => {
      const options = { processingGuarantee, ...(place === "on disk" ? { stateDir } : {}) };
      for (const values of [["a", "b"], ["x"]]) {
        await produce(...values);
        const app = await start(texts(), options);
        await harness.run(app.caughtUp());
        await harness.run(app.close());
      }
      expect(await written()).toEqual(["a", "ba", "xba"]);
      expect(errors).toEqual([]);
    },
  );

  test("of another instance, written since this one began, are read when it takes over", async () => {
    const options = { processingGuarantee, standbyReplicas: 1 };
    const first = await start(texts(), options);
    await produce("a");
    await harness.run(first.caughtUp());
    const serde = new LearningSerde(harness.environment, school);
    const second = await start(texts(serde), { ...options, instanceId: "second" });
    await produce("b");
    await harness.until(() => [...(school.get("app-texts-changelog") ?? [])].includes("b"));
    expect([...serde.learned]).toEqual(["a"]);
    serde.openingsToFail = 2;
    await harness.run(first.close());
    await produce("x");
    await harness.run(second.caughtUp());
    expect(await written()).toEqual(["a", "ba", "xba"]);
    expect(errors).toEqual([]);
  });

  test("in a global store, which cannot be read yet, are waited for", async () => {
    const globalTexts = (): Topology => {
      const value = new LearningSerde(harness.environment);
      const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
      const store = timestampedKeyValueStore({ name: "names", key: serdes.string, value, logging: false });
      builder.addGlobalStore(store, "names", {
        get() {
          let rows: TimestampedKeyValueStore<string, string>;
          return {
            init: (context: ProcessorContext) => void (rows = context.getStateStore("names")),
            process({ key, value: text, timestamp }: StreamRecord<string, string>) {
              value.learned.add(text[0]!);
              const before = rows.get(key)?.value ?? "";
              rows.put(key, { value: text + before, timestamp });
            },
          };
        },
      });
      return builder.build();
    };
    for (const text of ["a", "b", "x"]) {
      await harness.produce("names", [{ key: "k", value: text }]);
      const app = await start(globalTexts(), { processingGuarantee, stateDir });
      const names = await harness.run(app.store(queryable.keyValue<string, string>("names")).get("k"));
      expect(names).toBe({ a: "a", b: "ba", x: "xba" }[text]);
      await harness.run(app.close());
    }
    expect(errors).toEqual([]);
  });
});
