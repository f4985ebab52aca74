import { prepareJavaPrograms, sharedBrokers } from "@millrace/broker-harness";
import { sleep, systemClock, systemScheduler } from "@millrace/kernel";
import { beforeAll, test } from "vitest";
import { expectAllCounted } from "./counted-output.fixture.js";
import { ProcessFleet } from "./process-fleet.fixture.js";
import { resourceGrowth } from "./resource-growth.fixture.js";

const MINUTE_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
const SAMPLE_MS = 2_000;
const REPORT_MS = 30_000;
const PATIENCE_MS = 5 * MINUTE_MS;
const MINUTES = Number(process.env["MILLRACE_SOAK_MINUTES"] ?? 10);

/** Compiled code and the pages that the allocator keeps settle late; a leak of a hundred bytes a record is far above. */
const RSS_BYTES_PER_MINUTE_MAX = 4 * MEBIBYTE;
const HEAP_BYTES_PER_MINUTE_MAX = 0.5 * MEBIBYTE;
/** Of one kind: what is under way differs by what happens when a sample is taken. */
const HANDLES_MAX = 3;

beforeAll(prepareJavaPrograms, 5 * MINUTE_MS);

test.concurrent.for(["at-least-once", "exactly-once"] as const)(
  "a process under steady load, %s, holds no more after minutes than when it was warm",
  { timeout: MINUTES * MINUTE_MS + PATIENCE_MS },
  async (processingGuarantee, { expect, onTestFailed }) => {
    const settings = { brokers: sharedBrokers(), processingGuarantee, sessionTimeoutMs: 10_000 };
    await using fleet = new ProcessFleet({ ...settings, counted: "values", recordsARound: 50, sampleMs: SAMPLE_MS });
    onTestFailed(() => console.log(fleet.log()));
    await fleet.createTopics();
    const member = fleet.start("only");
    fleet.load.start();
    await fleet.progress(1_000);
    const endMs = systemClock.monotonicMs() + MINUTES * MINUTE_MS;
    while (systemClock.monotonicMs() < endMs) {
      await sleep(systemScheduler, Math.min(REPORT_MS, endMs - systemClock.monotonicMs()));
      const { rssBytes, heapBytes, listeners } = fleet.samples.at(-1)!;
      const memory = `${inMebibytes(heapBytes)} on the heap, ${inMebibytes(rssBytes)} in all`;
      console.log(`soak, ${processingGuarantee}: ${memory}, ${listeners} listeners`);
    }
    const growth = resourceGrowth(fleet.samples.slice(Math.floor(fleet.samples.length / 3)));
    console.log(`soak, ${processingGuarantee}: ${JSON.stringify(growth)}`);
    await fleet.drain();
    await fleet.stop(member);
    await expectAllCounted(fleet, settings);
    expect(growth.rssBytesPerMinute).toBeLessThan(RSS_BYTES_PER_MINUTE_MAX);
    expect(growth.heapBytesPerMinute).toBeLessThan(HEAP_BYTES_PER_MINUTE_MAX);
    expect(growth.listeners).toBeLessThanOrEqual(HANDLES_MAX);
    for (const [kind, more] of Object.entries(growth.handles)) expect(more, kind).toBeLessThanOrEqual(HANDLES_MAX);
  },
);

const inMebibytes = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
