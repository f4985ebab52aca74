import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { embedded, tp, type EmbeddedCluster } from "@millrace/kafka-client";
import { silentLogger } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Windowed } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { AppClosedError, AppOptionsError, AppStateError } from "../app-errors.js";
import type { AppState } from "../app-state.js";
import { queryable } from "../queries/queryable.js";
import { StreamsApp } from "../streams-app.js";
import type { ThreadedAppOptions } from "./app-module.js";
import type { CountingSettings } from "./counting-module.fixture.js";
import { AppThreadError } from "./thread-errors.js";
import { ThreadQueryError } from "./thread-queries.js";
import type { ThreadedApp } from "./threaded-app.js";

const counting = new URL("./counting-module.fixture.ts", import.meta.url);
const tsxInThreads = new URL("../../../../../scripts/tsx-in-threads.mjs", import.meta.url);
const counts = queryable.keyValue<string, number>("counts");
let dir: string;
const apps: ThreadedApp[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "millrace-threads-"));
});

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  rmSync(dir, { recursive: true, force: true });
});

/** One thread on an embedded log on disk, which nobody else can open meanwhile. */
function makeApp(
  { module = counting, ...options }: Partial<ThreadedAppOptions<CountingSettings>> & { readonly module?: URL } = {},
  settings: CountingSettings = { dir: join(dir, "log") },
): ThreadedApp {
  const app = StreamsApp.fromModule(module, {
    applicationId: "app",
    workers: 1,
    stateDir: join(dir, "state"),
    commitIntervalMs: 50,
    environment: { logger: silentLogger },
    // Vitest's own options mean nothing to the thread.
    execArgv: ["--conditions=millrace-source", "--import", tsxInThreads.href],
    settings,
    ...options,
  });
  apps.push(app);
  return app;
}

/** The thread's log, once the thread has gone. */
async function countsLeft(): Promise<Record<string, number>> {
  await using log: EmbeddedCluster = embedded({ dir: join(dir, "log") });
  const consumer = log.restoreConsumer({ isolation: "read_committed" });
  const partition = tp("counts", 0);
  const end = (await consumer.endOffsets([partition], "read_committed")).get(partition) ?? 0;
  consumer.assign(new Map([[partition, 0]]));
  const counts = new Map<string, number>();
  while (consumer.position(partition) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) {
        const { key, value } = records.record();
        if (key !== null && value !== null) {
          counts.set(Buffer.from(key).toString(), serdes.long.deserialize("", value));
        }
      }
    }
  }
  return Object.fromEntries([...counts].sort());
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe("an app in threads", () => {
  test("starts, counts, reports its states, tasks and metrics, pauses, closes, and starts again on its state", async () => {
    const log = join(dir, "log");
    const first = makeApp({}, { dir: log, input: ["a", "b", "a"] });
    const states: AppState[] = [];
    first.onStateChange((state) => states.push(state));
    await first.start();
    await first.caughtUp();
    expect(first.workers).toEqual([{ index: 0, state: "RUNNING", tasks: ["0_0"] }]);
    const processed = (await first.metrics()).find(
      ({ group, name }) => group === "stream-task" && name === "process-total",
    );
    expect(processed).toMatchObject({ value: 3, tags: { task: "0_0", thread: "0" } });
    await expect(first.cleanUp()).rejects.toThrow(AppStateError);
    expect(await first.close()).toBe(true);
    expect(states).toEqual(["REBALANCING", "RUNNING", "PENDING_SHUTDOWN", "NOT_RUNNING"]);
    expect(await countsLeft()).toEqual({ a: 2, b: 1 });
    expect(readdirSync(join(dir, "state", "app"))).toEqual(["thread-0"]);

    await makeApp().cleanUp();
    const second = makeApp();
    const restored: unknown[] = [];
    second.onRestore({ onRestoreEnd: ({ store }, total) => restored.push([store, total]) });
    second.pause();
    await second.start();
    expect([second.isPaused, restored]).toEqual([true, [["counts", 2]]]);
    second.resume();
    await second.caughtUp();
  });

  test("reads its stores: rows by key and in windows, in chunks; with its errors, and what cannot cross", async () => {
    const input = Array.from({ length: 1_500 }, (_, index) => `k${String(index).padStart(4, "0")}`);
    const app = makeApp({}, { dir: join(dir, "log"), input: ["a", "b", "a", ...input], windowed: true });
    await expect(app.store(counts).get("a")).rejects.toThrow(AppStateError);
    await app.start();
    await app.caughtUp();
    const rows = app.store(counts);
    expect([await rows.get("a"), await rows.get("none"), await rows.approximateNumEntries()]).toEqual([
      ...[2, null],
      expect.any(Number),
    ]);
    expect(await rows.range({ to: "b" }).toArray()).toEqual([
      { key: "a", value: 2 },
      { key: "b", value: 1 },
    ]);
    expect(await rows.prefixScan("k000", serdes.string).toArray()).toHaveLength(10);
    expect((await rows.all({ reverse: true }).toArray()).map(({ key }) => key)).toEqual([...input.reverse(), "b", "a"]);
    for await (const chunk of rows.all()) {
      expect(chunk[0]).toEqual({ key: "a", value: 2 });
      break;
    }
    const hits = app.store(queryable.timestampedWindow<string, number>("hits"));
    expect(await hits.get("a", 0)).toEqual({ value: 2, timestamp: 0 });
    const windows = await hits.fetchRange(0, 100, { to: "b" }).toArray();
    expect(windows.map(({ key, value }) => [key, value.value])).toEqual([
      [new Windowed("a", 0, 10), 2],
      [new Windowed("b", 0, 10), 1],
    ]);
    expect(await app.metadataForKey(counts, "a")).toMatchObject({ partition: 0, local: "active" });
    await expect(app.store(queryable.session("hits")).get("a", 0, 0)).rejects.toMatchObject({
      code: "MILLRACE_STORE_KIND",
    });
    await expect(app.store(counts, { partition: 7 }).get("a")).rejects.toMatchObject({ code: "MILLRACE_STORE_MOVED" });
    await expect(rows.get((() => "a") as never)).rejects.toThrow(ThreadQueryError);
  });

  test("closed while it starts, start() says so", async () => {
    const app = makeApp();
    const starting = failureOf(app.start());
    expect(await app.close()).toBe(true);
    expect(await starting).toBeInstanceOf(AppClosedError);
    expect(app.state).toBe("NOT_RUNNING");
  });
});

describe("a thread that fails", () => {
  test.each<[string, string, string, RegExp]>([
    ["the topology throws", "throw", "MILLRACE_PROCESSING", /A poisonous record/],
    ["a promise is rejected and nobody listens", "reject", "MILLRACE_APP_THREAD", /died: Nobody caught this/],
    ["its heap is full", "fill the heap", "MILLRACE_APP_THREAD", /memory/],
    ["process.exit() is called", "exit", "MILLRACE_APP_THREAD", /exit code 3/],
  ])("ends the app: %s", async (_, instruction, code, message) => {
    const app = makeApp(
      { resourceLimits: { maxOldGenerationSizeMb: 128 } },
      { dir: join(dir, "log"), input: ["a", instruction] },
    );
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    const starting = failureOf(app.start());
    await new Promise<void>((resolve) => app.onStateChange((state) => state === "ERROR" && resolve()));
    await starting;
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(AppThreadError);
    expect(errors[0]).toMatchObject({ code, message: expect.stringMatching(message), thread: 0 });
  });

  test.each(["throw", "reject", "fill the heap", "exit"])(
    "is replaced when the policy says so, and nothing is lost: %s",
    async (instruction) => {
      const app = makeApp(
        { onUncaughtError: () => "replace-worker", resourceLimits: { maxOldGenerationSizeMb: 128 } },
        { dir: join(dir, "log"), input: ["a", "b", instruction, "a"], obeyed: join(dir, "obeyed") },
      );
      const errors: unknown[] = [];
      app.onError((error) => errors.push(error));
      await app.start();
      await until(() => errors.length === 1 && app.state === "RUNNING");
      await app.caughtUp();
      expect([errors.length, await app.close()]).toEqual([1, true]);
      const { a, b } = await countsLeft();
      expect([a, b]).toEqual([2, 1]);
    },
  );
});

describe("what cannot run in threads", () => {
  test("an embedded log in memory", async () => {
    const app = makeApp({}, {});
    await expect(app.start()).rejects.toMatchObject({
      code: "MILLRACE_APP_MODULE",
      name: "AppModuleError",
      message: expect.stringContaining("lives in the memory of one thread"),
    });
    expect(app.state).toBe("ERROR");
  });

  test.each([
    ["no client", "export const topology = () => null;", 'no function "client"'],
    [
      "options that are no function",
      "export const topology = () => null, client = topology, options = {};",
      "no function. Make it one",
    ],
  ])("a module that exports %s", async (_, text, message) => {
    const path = join(dir, "module.mjs");
    writeFileSync(path, text);
    await expect(makeApp({ module: pathToFileURL(path) }).start()).rejects.toMatchObject({
      code: "MILLRACE_APP_MODULE",
      message: expect.stringContaining(message),
    });
  });

  test("a module that is not there", async () => {
    const failure = await failureOf(makeApp({ module: pathToFileURL(join(dir, "none.mjs")) }).start());
    expect(failure).toMatchObject({ code: "MILLRACE_APP_THREAD", message: expect.stringContaining("none.mjs") });
    expect((failure as Error).cause).toMatchObject({ code: "ERR_MODULE_NOT_FOUND" });
  });

  test("options that are functions", async () => {
    const settings = { dir: join(dir, "log"), input: [() => "a"] } as unknown as CountingSettings;
    await expect(makeApp({}, settings).start()).rejects.toThrow(AppOptionsError);
  });
});

/** Waits for what threads bring about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
