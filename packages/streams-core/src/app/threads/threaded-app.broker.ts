import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kafka, tp } from "@millrace/kafka-client";
import { silentLogger, systemEnvironment } from "@millrace/kernel";
import { expect, onTestFinished, test } from "vitest";
import { serdes } from "../../serde/index.js";
import { queryable } from "../queries/queryable.js";
import { StreamsApp } from "../streams-app.js";
import type { CountingSettings } from "./counting-module.fixture.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "").split(",").filter(Boolean);
const counts = queryable.keyValue<string, number>("counts");
const module = new URL("./counting-module.fixture.ts", import.meta.url);
const { clock, randomness } = systemEnvironment();
const tsxInThreads = new URL("../../../../../scripts/tsx-in-threads.mjs", import.meta.url);

test.each(["reject", "fill the heap", "exit"])(
  "three threads share the partitions; one that dies (%s) is replaced, one that goes hands its tasks over, and counts are exact",
  async (instruction) => {
    const dir = mkdtempSync(join(tmpdir(), "millrace-threads-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const run = randomness.uuid().slice(0, 8);
    const [input, output] = [`in-${run}`, `counts-${run}`];
    await using client = kafka({ brokers });
    await client.admin().createTopics([
      { name: input, partitions: 4 },
      { name: output, partitions: 1 },
    ]);
    await using app = StreamsApp.fromModule<CountingSettings>(module, {
      applicationId: `threads-${run}`,
      workers: 3,
      stateDir: dir,
      // The one that takes a dead thread's place is the same member: the group need not wait for its session to end.
      groupInstanceId: run,
      // How soon members learn that others have come or gone.
      heartbeatIntervalMs: 200,
      processingGuarantee: "exactly-once",
      settings: { brokers, input: [], topics: { input, output }, obeyed: join(dir, "obeyed") },
      environment: { logger: silentLogger },
      execArgv: ["--conditions=millrace-source", "--import", tsxInThreads.href],
      resourceLimits: { maxOldGenerationSizeMb: 128 },
      onUncaughtError: () => "replace-worker",
    });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await app.start();
    expect(app.workers).toHaveLength(3);
    const producer = client.producer({});
    await producer.init();
    const round = async (...values: readonly string[]): Promise<void> => {
      values.forEach((value) => {
        for (let partition = 0; partition < 4; partition++) {
          producer.append(input, partition, Buffer.from(`${value}${partition}`), Buffer.from(value), clock.nowMs());
        }
      });
      await producer.flush();
    };
    await round("a");
    await app.caughtUp();
    const rows = app.store(counts);
    const all = await rows.all().toArray();
    expect(Object.fromEntries(all.map(({ key, value }) => [key, value]))).toEqual({ a0: 1, a1: 1, a2: 1, a3: 1 });
    expect([await rows.get("a2"), await app.store(counts, { partition: 3 }).get("a3")]).toEqual([1, 1]);
    producer.append(input, 0, Buffer.from("bad"), Buffer.from(instruction), clock.nowMs());
    await round("a");
    await expect.poll(() => [errors.length > 0, app.state], { timeout: 60_000 }).toEqual([true, "RUNNING"]);
    await app.removeWorker();
    await expect.poll(() => app.workers.flatMap(({ tasks }) => tasks).sort(), { timeout: 60_000 }).toHaveLength(4);
    await round("a", "b");
    await expect
      .poll(() => countsIn(output), { timeout: 60_000 })
      .toMatchObject({
        ...{ a0: 3, a1: 3, a2: 3, a3: 3 },
        ...{ b0: 1, b1: 1, b2: 1, b3: 1 },
      });
    expect(await app.close()).toBe(true);
    await producer.close();
  },
);

async function countsIn(topic: string): Promise<Record<string, number>> {
  await using client = kafka({ brokers });
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const partition = tp(topic, 0);
  const end = (await consumer.endOffsets([partition], "read_committed")).get(partition) ?? 0;
  consumer.assign(new Map([[partition, 0]]));
  const counts: Record<string, number> = {};
  while (consumer.position(partition) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) {
        const { key, value } = records.record();
        if (key !== null && value !== null) counts[Buffer.from(key).toString()] = serdes.long.deserialize("", value);
      }
    }
  }
  await consumer.close();
  return counts;
}
