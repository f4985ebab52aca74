import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import type { Isolation } from "../../port/client.js";
import type { OffsetReset, OffsetResetPolicy } from "../../port/consumer.js";
import { AuthorizationError, OffsetOutOfRangeError, RetriableError } from "../../port/errors.js";
import { tp } from "../../port/topic-partition.js";
import type { OffsetFetchResponse } from "../../protocol/requests/offset-fetch.js";
import { PartitionBuffer } from "../fetch/partition-buffer.js";
import { StartPositions } from "./start-positions.js";

const NOW_MS = 100_000;
const owner = { isolation: "read_committed", wanting() {}, retry() {}, closed() {} } as const;

/** The log holds offsets 10 to 99, a record each second of the last 90. */
const logOffset = (at: "earliest" | "latest" | number): number =>
  at === "earliest" ? 10 : at === "latest" ? 100 : Math.max(10, Math.ceil(at / 1_000));

/** What the coordinator says of a partition: an offset, that there is none, or that a transaction holds it. */
type Committed = number | null | "unstable";

interface World {
  /** One item for each look; the last one stays. */
  readonly committed: readonly (Committed | Error)[];
  readonly reset?: OffsetReset;
  readonly isolation?: Isolation;
  /** Called while the log is asked. */
  readonly meanwhile?: (reader: PartitionBuffer) => void;
}

function search({ committed, reset = "earliest", isolation = "read_committed", meanwhile }: World) {
  const environment = virtualEnvironment({ startMs: NOW_MS });
  const reader = new PartitionBuffer(tp("t", 0), owner);
  const stop = new AbortController();
  const seen = { looks: 0, stable: null as boolean | null, news: 0 };
  const policy: OffsetResetPolicy = { fallback: "latest", byTopic: new Map([["t", reset]]) };
  const positions = new StartPositions({
    offsets: {
      async lookUp(partitions, stable) {
        const said = committed[Math.min(seen.looks++, committed.length - 1)]!;
        seen.stable = stable;
        if (said instanceof Error) throw said;
        return answer(said, partitions[0]!);
      },
    },
    logs: {
      async listOffsets(partitions, at) {
        meanwhile?.(reader);
        return new Map(partitions.map((partition) => [partition, logOffset(at)]));
      },
    },
    ...{ isolation, offsetReset: policy, environment, signal: stop.signal },
    onNews: () => seen.news++,
  });
  /** Looks as a consumer does: again after all news, a failure excepted. */
  const find = async (): Promise<number | undefined> => {
    for (let news = -1; news !== seen.news && reader.position === undefined;) {
      news = seen.news;
      positions.find([reader]);
      await environment.scheduler.advanceBy(1_000);
      positions.assertSound();
    }
    return reader.position;
  };
  return { reader, positions, seen, stop, find, scheduler: environment.scheduler };
}

function answer(committed: Committed, partition: ReturnType<typeof tp>): OffsetFetchResponse {
  if (committed === "unstable") return { errorCode: 0, offsets: new Map(), unstable: [partition] };
  const offset = committed === null ? null : { offset: committed };
  return { errorCode: 0, offsets: new Map([[partition, offset]]), unstable: [] };
}

describe("a reader without a position starts", () => {
  it.each<[string, World, number]>([
    ["at the committed offset", { committed: [42] }, 42],
    ["at a committed offset of zero", { committed: [0] }, 0],
    ["at the log's begin by the policy earliest", { committed: [null], reset: "earliest" }, 10],
    ["at the log's end by the policy latest", { committed: [null], reset: "latest" }, 100],
    ["so long ago by a policy of a duration", { committed: [null], reset: { byDurationMs: 30_000 } }, 70],
    ["at the offset of a transaction once it has ended", { committed: ["unstable", "unstable", 42] }, 42],
    ["by the policy once a transaction was aborted", { committed: ["unstable", null], reset: "latest" }, 100],
    ["at the committed offset once the coordinator answers", { committed: [new RetriableError("not now"), 42] }, 42],
    ["where it was sought to while the log was asked", { committed: [null], meanwhile: (it) => it.seek(7) }, 7],
  ])("%s", async (_, world, position) => {
    const { find } = search(world);
    expect(await find()).toBe(position);
  });
});

it.each<[Isolation, boolean]>([
  ["read_committed", true],
  ["read_uncommitted", false],
])("%s waits for the offsets of open transactions: %s", async (isolation, stable) => {
  const { find, seen } = search({ committed: [42], isolation });
  await find();
  expect(seen.stable).toBe(stable);
});

it("without a committed offset and by the policy none, the search fails, once", async () => {
  const { find, positions } = search({ committed: [null], reset: "none" });
  await expect(find()).rejects.toThrow(OffsetOutOfRangeError);
  expect(() => positions.assertSound()).not.toThrow();
});

it("a coordinator that refuses ends the search with its error", async () => {
  const { find } = search({ committed: [new AuthorizationError("Not for you.")] });
  await expect(find()).rejects.toThrow(AuthorizationError);
});

it.each<[string, (reader: PartitionBuffer) => void]>([
  ["has a position", (reader) => reader.seek(5)],
  ["is paused", (reader) => (reader.paused = true)],
  ["is not taken in yet", (reader) => (reader.ready = false)],
])("a reader that %s is not searched for", async (_, prepare) => {
  const { reader, find, seen } = search({ committed: [42] });
  prepare(reader);
  await find();
  expect(seen.looks).toBe(0);
});

it("a search under way is not begun again", async () => {
  const { reader, positions, seen, scheduler } = search({ committed: ["unstable", 42] });
  positions.find([reader]);
  positions.find([reader]);
  await scheduler.settle();
  expect(seen.looks).toBe(1);
});

it("an end amid the search is no failure, and no news", async () => {
  const { find, positions, seen, stop } = search({ committed: ["unstable"] });
  const finding = find();
  stop.abort(new RetriableError("The consumer was closed."));
  expect(await finding).toBeUndefined();
  expect(() => positions.assertSound()).not.toThrow();
  expect(seen.news).toBe(0);
});

describe("a position that is not in the log", () => {
  const cause = new OffsetOutOfRangeError(tp("t", 0), 5, 10);

  it.each<[OffsetReset, number]>([
    ["earliest", 10],
    ["latest", 100],
  ])("is replaced by the policy %s", async (reset, position) => {
    const { reader, positions, scheduler } = search({ committed: [42], reset });
    reader.seek(5);
    positions.reset(reader, cause);
    await scheduler.advanceBy(0);
    expect(reader.position).toBe(position);
  });

  it("stays by the policy none: the error is the reader's to see", () => {
    const { reader, positions } = search({ committed: [42], reset: "none" });
    reader.seek(5);
    expect(() => positions.reset(reader, cause)).toThrow(cause);
  });
});
