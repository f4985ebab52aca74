import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import { rows } from "../../conformance/records-at-hand.js";
import {
  AuthorizationError,
  FatalClientError,
  MissingTopicError,
  OffsetOutOfRangeError,
  RetriableError,
} from "../../port/errors.js";
import type { FetchedPartition } from "../../port/records.js";
import { tp } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import { RecordBatchWriter } from "../../protocol/index.js";
import { writeInt64 } from "../../protocol/int64.js";
import type { FetchedPartitionAnswer, FetchResponse } from "../../protocol/requests/fetch.js";
import { ResponseReader } from "../../protocol/requests/reader.js";
import type { Request } from "../../protocol/requests/request.js";
import { connectionSettings } from "../kafka-options.js";
import { ScriptedTransport } from "../transport/scripted-transport.fixture.js";
import { Fetcher } from "./fetcher.js";
import type { PartitionBuffer } from "./partition-buffer.js";

const broken = new RetriableError("The connection broke.");

/** What becomes of the partition in one answer: records of one batch, an error code, or nothing new. */
type Said = readonly string[] | number | null;

/** Answers about topic t, whose log begins at offset 3: one item for each fetch of a partition, by node; then nothing new. */
function fetching(leaders: readonly number[], script: Readonly<Record<number, (Said | Error)[]>>) {
  const { scheduler, clock, ...environment } = virtualEnvironment();
  const asked: string[] = [];
  let data = 0;
  const transport = new ScriptedTransport({ t: leaders }, async (node, request) => {
    if (request.name === "ListOffsets") return new Map(partitions.map((each) => [each, { errorCode: 0, offset: 3 }]));
    const questions = questionsOf(request);
    asked.push(`${node}: ${questions.map(({ partition, offset }) => `${partition}@${offset}`).join(" ")}`);
    const [said] = questions.map(({ partition }) => script[partition]?.shift() ?? null);
    // As a broker does, that waits for something to come.
    if (said === null) await new Promise<void>((resolve) => scheduler.after(request.waitMs ?? 0, resolve));
    if (said instanceof Error) return said;
    return answerOf(questions.map((question, index) => partitionOf(question, index === 0 ? said! : null)));
  });
  const partitions = leaders.map((_, partition) => tp("t", partition));
  const fetcher = new Fetcher({
    ...{ transport, onData: () => data++ },
    settings: connectionSettings({ brokers: ["nowhere:1"], environment: { ...environment, scheduler, clock } }),
    limits: { isolation: "read_committed", maxBytesPerPartition: 1 << 20, maxRecords: Infinity },
  });
  const open = (offset: number, partition = 0): PartitionBuffer => {
    const buffer = fetcher.open(tp("t", partition));
    buffer.seek(offset);
    return buffer;
  };
  /** Lets time pass until there is news, and takes it. */
  const taken = async (buffer: PartitionBuffer): Promise<string[]> => {
    const before = data;
    let piece = buffer.take(Infinity);
    if (piece === null) {
      await scheduler.runUntil(() => data > before);
      piece = buffer.take(Infinity);
    }
    return rows([piece].filter((each): each is FetchedPartition => each !== null));
  };
  return { transport, fetcher, scheduler, clock, asked, open, taken };
}

interface Question {
  readonly partition: number;
  readonly offset: number;
}

/** The partitions of a fetch, of one topic. */
function questionsOf(request: Request<unknown>): Question[] {
  const reader = new ResponseReader(request.encode(), 4 + 4 + 4 + 4 + 1 + 4 + 4);
  const topics = reader.array(() => {
    reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      reader.int32();
      const offset = reader.int64();
      reader.int64();
      reader.int32();
      return { partition, offset };
    });
  });
  return topics.flat();
}

function partitionOf({ partition, offset }: Question, said: Exclude<Said, Error>): FetchedPartitionAnswer {
  const errorCode = typeof said === "number" ? said : ErrorCode.NONE;
  const records = typeof said === "object" && said !== null ? batch(offset, said) : Buffer.alloc(0);
  return { partition, errorCode, highWatermark: 100, lastStableOffset: 100, aborted: [], records };
}

const answerOf = (partitions: readonly FetchedPartitionAnswer[]): FetchResponse => ({
  errorCode: ErrorCode.NONE,
  topics: [{ topic: "t", partitions }],
});

function batch(base: number, values: readonly string[]): Buffer {
  const writer = new RecordBatchWriter(1_000);
  for (const value of values) writer.append(Buffer.from("k"), Buffer.from(value), 1, null);
  const seal = { attributes: 0, producerId: -1, producerEpoch: -1, baseSequence: -1, checksum: true };
  const bytes = Buffer.from(writer.finish(seal).buffer);
  writeInt64(bytes, 0, base);
  return bytes;
}

describe("a partition", () => {
  it("is fetched from where it was sought to, and ahead of its reader", async () => {
    const { open, taken, asked } = fetching([1], { 0: [["a", "b"], ["c"]] });
    const buffer = open(5);
    expect(await taken(buffer)).toEqual(["5:k=a", "6:k=b"]);
    expect(await taken(buffer)).toEqual(["7:k=c"]);
    expect(buffer.position).toBe(8);
    expect(asked).toEqual(["1: 0@5", "1: 0@7", "1: 0@8"]);
  });

  it("that was sought elsewhere gets nothing of the answer on its way", async () => {
    const { open, taken, asked } = fetching([1], { 0: [["old"], ["new"]] });
    const buffer = open(5);
    await Promise.resolve();
    buffer.seek(9);
    expect(await taken(buffer)).toEqual(["9:k=new"]);
    expect(asked.slice(0, 2)).toEqual(["1: 0@5", "1: 0@9"]);
  });

  it("that is paused is not fetched until it goes on", async () => {
    const { open, taken, asked, scheduler } = fetching([1], { 0: [["a"]] });
    const buffer = open(5);
    buffer.paused = true;
    await scheduler.advanceBy(10_000);
    expect(asked).toEqual([]);
    buffer.paused = false;
    expect(await taken(buffer)).toEqual(["5:k=a"]);
  });

  it("that is closed is fetched no more", async () => {
    const { open, taken, asked, scheduler } = fetching([1, 1], { 0: [["a"]], 1: [] });
    const buffer = open(5);
    await taken(buffer);
    buffer.close();
    await scheduler.advanceBy(1_000);
    const before = asked.length;
    await scheduler.advanceBy(10_000);
    expect(asked).toHaveLength(before);
  });
});

describe("brokers", () => {
  it("are asked at the same time, each for what it leads, in turn", async () => {
    const { open, asked, scheduler } = fetching([1, 2, 1], {});
    for (const partition of [0, 1, 2]) open(5, partition);
    await scheduler.advanceBy(0);
    expect(asked).toEqual(["1: 0@5 2@5", "2: 1@5"]);
    await scheduler.advanceBy(250);
    // Another one is first in the answer.
    expect(asked.slice(2)).toEqual(["1: 2@5 0@5", "2: 1@5"]);
  });

  it.each<[string, Said | Error]>([
    ["says it does not lead the partition", ErrorCode.NOT_LEADER_OR_FOLLOWER],
    ["says our metadata is older than it", ErrorCode.FENCED_LEADER_EPOCH],
    ["breaks the connection", broken],
  ])("that %s: the new leader is asked, and the reader notices nothing", async (_, trouble) => {
    const { open, taken, asked, transport } = fetching([1], { 0: [trouble, ["a"]] });
    const buffer = open(5);
    transport.leaders = { t: [2] };
    expect(await taken(buffer)).toEqual(["5:k=a"]);
    expect(asked.slice(0, 2)).toEqual(["1: 0@5", "2: 0@5"]);
  });

  it("that answer while metadata asked for on another occasion name a new leader: that one is asked from then on", async () => {
    const { open, taken, asked, transport, scheduler } = fetching([1], { 0: [null, ["a"]] });
    const buffer = open(5);
    await scheduler.advanceBy(100);
    transport.leaders = { t: [2] };
    await transport.refresh([]);
    expect(await taken(buffer)).toEqual(["5:k=a"]);
    expect(asked.slice(0, 2)).toEqual(["1: 0@5", "2: 0@5"]);
  });

  it("are not asked while the partition has no leader", async () => {
    const { open, taken, asked, transport, scheduler } = fetching([-1], { 0: [["a"]] });
    const buffer = open(5);
    await scheduler.advanceBy(5_000);
    expect(asked).toEqual([]);
    transport.leaders = { t: [2] };
    expect(await taken(buffer)).toEqual(["5:k=a"]);
  });

  it("that are in trouble are asked less and less often, up to a second apart", async () => {
    const { open, asked, scheduler } = fetching([1], { 0: Array<Error>(1_000).fill(broken) });
    open(5);
    await scheduler.advanceBy(60_000);
    expect(asked.length).toBeGreaterThan(45);
    expect(asked.length).toBeLessThan(90);
  });
});

describe("a reader is told", () => {
  const failureOf = async (taken: Promise<unknown>): Promise<unknown> => taken.catch((error: unknown) => error);

  it("of an offset that is not in the log, with the log's begin, until it seeks", async () => {
    const { open, taken } = fetching([1], { 0: [ErrorCode.OFFSET_OUT_OF_RANGE, ["a"]] });
    const buffer = open(1);
    for (let time = 0; time < 2; time++) {
      expect(await failureOf(taken(buffer))).toEqual(new OffsetOutOfRangeError(tp("t", 0), 1, 3));
    }
    buffer.seek(3);
    expect(await taken(buffer)).toEqual(["3:k=a"]);
  });

  it.each<[string, number | Error, abstract new (...args: never[]) => Error]>([
    ["that it may not read the topic", ErrorCode.TOPIC_AUTHORIZATION_FAILED, AuthorizationError],
    ["that the broker is too old", new FatalClientError("Too old."), FatalClientError],
    ["of what nobody has foreseen, as an error of the client's", new TypeError("oops"), FatalClientError],
  ])("%s, once: then it is tried again", async (_, trouble, type) => {
    const { open, taken } = fetching([1], { 0: [trouble, ["a"]] });
    const buffer = open(5);
    expect(await failureOf(taken(buffer))).toBeInstanceOf(type);
    expect(await taken(buffer)).toEqual(["5:k=a"]);
  });

  it("of a topic that does not exist, after several brokers said so; then it is looked for again", async () => {
    const { open, taken, transport } = fetching([-1], { 0: [["a"]] });
    transport.leaders = {};
    const buffer = open(5);
    expect(await failureOf(taken(buffer))).toBeInstanceOf(MissingTopicError);
    expect(transport.refreshes).toBe(3);
    transport.leaders = { t: [1] };
    expect(await taken(buffer)).toEqual(["5:k=a"]);
  });

  it("of records that came before an error, first", async () => {
    const { open, taken, scheduler } = fetching([1], { 0: [["a"], ErrorCode.TOPIC_AUTHORIZATION_FAILED] });
    const buffer = open(5);
    await scheduler.advanceBy(100);
    expect(await taken(buffer)).toEqual(["5:k=a"]);
    expect(await failureOf(taken(buffer))).toBeInstanceOf(AuthorizationError);
  });
});

it("its end ends the fetching and the connection, with requests on their way", async () => {
  const { open, fetcher, transport, asked, scheduler } = fetching([1], {});
  open(5);
  await scheduler.advanceBy(100);
  await fetcher.close();
  await scheduler.advanceBy(60_000);
  expect(transport.closed.aborted).toBe(true);
  expect(asked).toEqual(["1: 0@5"]);
});
