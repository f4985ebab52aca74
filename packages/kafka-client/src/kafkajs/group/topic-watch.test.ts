import { virtualEnvironment } from "@millrace/kernel/testing";
import { describe, expect, it } from "vitest";
import { AuthorizationError, RetriableError } from "../../port/errors.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import type { MetadataResponse, MetadataTopic } from "../../protocol/requests/metadata.js";
import { ResponseReader } from "../../protocol/requests/reader.js";
import type { Request } from "../../protocol/requests/request.js";
import { ScriptedTransport } from "../transport/scripted-transport.fixture.js";
import { TopicWatch } from "./topic-watch.js";

const MAX_AGE_MS = 5_000;
const RETRY_MS = 500;

/** A topic of so many partitions, or with an error. */
function topic(name: string, partitions: number, errorCode: number = ErrorCode.NONE): MetadataTopic {
  const infos = Array.from({ length: partitions }, (_, partition) => ({
    ...{ errorCode: 0, partition, leader: 0, leaderEpoch: 0, replicas: [0], inSync: [0] },
  }));
  return { errorCode, name, topicId: `id of ${name}`, internal: false, partitions: infos };
}

/** The topics a metadata request names; null for all. */
function namesIn(request: Request<unknown>): readonly string[] | null {
  const reader = new ResponseReader(request.encode());
  if (reader.uvarint() === 0) return null;
  reader.position = 0;
  return reader.compactArray(() => {
    reader.uuid();
    const name = reader.compactString();
    reader.tags();
    return name;
  });
}

function watched(...topics: MetadataTopic[]) {
  const { scheduler, ...environment } = virtualEnvironment();
  const seen = { asked: [] as (readonly string[] | null)[], looks: 0, failures: [] as Error[] };
  const state = { topics, trouble: null as Error | null };
  const transport = new ScriptedTransport({}, (_, request): MetadataResponse | Error => {
    const names = namesIn(request);
    seen.asked.push(names);
    const named = names?.map((name) => state.topics.find((each) => each.name === name) ?? unknown(name));
    return state.trouble ?? { brokers: [], clusterId: "c", controllerId: 0, topics: named ?? state.topics };
  });
  const watch = new TopicWatch({
    ...{ transport, environment: { ...environment, scheduler }, metadataMaxAgeMs: MAX_AGE_MS },
    onLook: () => seen.looks++,
    onFailure: (error) => seen.failures.push(error),
  });
  const counts = () => Object.fromEntries(watch.names().map((name) => [name, watch.partitionCount(name)]));
  return { watch, state, seen, scheduler, counts };
}

const unknown = (name: string): MetadataTopic => topic(name, 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);

describe("what a watch knows", () => {
  it.each<[string, readonly string[] | RegExp, MetadataTopic[], Record<string, number>]>([
    ["those that exist among the named", ["b", "a", "c"], [topic("a", 2), topic("b", 1)], { a: 2, b: 1 }],
    ["all topics, for a pattern", /a/u, [topic("b", 1), topic("a", 2)], { a: 2, b: 1 }],
    ["no topic that is being made, without partitions yet", ["a"], [topic("a", 0)], {}],
    ["nothing of no topics", [], [topic("a", 2)], {}],
  ])("%s", async (_, wanted, topics, expected) => {
    const { watch, seen, counts, scheduler } = watched(...topics);
    expect(watch.known).toBe(false);
    watch.watch(wanted);
    await scheduler.settle();
    expect(watch.known).toBe(true);
    expect(counts()).toEqual(expected);
    expect(seen).toMatchObject({ asked: [wanted instanceof RegExp ? null : wanted], looks: 1, failures: [] });
  });

  it("is nothing of a topic it has not heard of", () => {
    expect(watched().watch.partitionCount("a")).toBe(0);
  });
});

describe("a watch looks again", () => {
  it("when what it knows is old: a topic has come, another one has grown", async () => {
    const { watch, state, seen, scheduler, counts } = watched(topic("a", 1));
    watch.watch(["a", "b"]);
    await scheduler.settle();
    state.topics = [topic("a", 3), topic("b", 1)];
    await scheduler.advanceBy(MAX_AGE_MS - 1);
    expect(counts()).toEqual({ a: 1 });
    await scheduler.advanceBy(1);
    expect(counts()).toEqual({ a: 3, b: 1 });
    expect(seen.looks).toBe(2);
  });

  it("soon when it is told to, once for several calls, and then in its old rhythm", async () => {
    const { watch, seen, scheduler } = watched(topic("a", 1));
    watch.watch(["a"]);
    await scheduler.settle();
    watch.lookSoon();
    await scheduler.advanceBy(RETRY_MS - 1);
    watch.lookSoon();
    await scheduler.advanceBy(1);
    expect(seen.looks).toBe(2);
    await scheduler.advanceBy(MAX_AGE_MS - 1);
    expect(seen.looks).toBe(2);
    await scheduler.advanceBy(1);
    expect(seen.looks).toBe(3);
  });

  it("soon after a failure that may pass, and knows what it knew until then", async () => {
    const { watch, state, seen, scheduler, counts } = watched(topic("a", 1));
    watch.watch(["a"]);
    await scheduler.settle();
    state.trouble = new RetriableError("not now");
    await scheduler.advanceBy(MAX_AGE_MS);
    state.trouble = null;
    state.topics = [topic("a", 2)];
    expect([counts(), watch.known]).toEqual([{ a: 1 }, true]);
    await scheduler.advanceBy(RETRY_MS);
    expect(counts()).toEqual({ a: 2 });
    expect(seen.failures).toEqual([]);
  });

  it.each([
    ["a topic that is not for it", topic("a", 0, ErrorCode.TOPIC_AUTHORIZATION_FAILED), AuthorizationError],
    ["a name that cannot be one", topic("a", 0, ErrorCode.INVALID_TOPIC), Error],
  ])("and reports %s", async (_, refused, type) => {
    const { watch, state, seen, scheduler } = watched(refused);
    watch.watch(["a"]);
    await scheduler.settle();
    expect(seen.failures).toEqual([expect.any(type)]);
    expect(seen.failures[0]!.message).toContain("Reading about topic a");
    expect(watch.known).toBe(false);
    state.topics = [topic("a", 1)];
    await scheduler.advanceBy(RETRY_MS);
    expect(watch.known).toBe(true);
  });
});

it("another subscription replaces the one before, whose answer comes too late", async () => {
  const { watch, seen, scheduler, counts } = watched(topic("a", 1), topic("b", 2));
  watch.watch(["a"]);
  watch.watch(["b"]);
  expect(watch.known).toBe(false);
  await scheduler.settle();
  expect(counts()).toEqual({ b: 2 });
  expect(seen).toMatchObject({ asked: [["a"], ["b"]], looks: 1 });
});

describe("a view", () => {
  it("shows those that exist, asked for anew, with their ids", async () => {
    const { watch, seen } = watched(topic("a", 2));
    const { topics } = await watch.view(new Set(["a", "none"]));
    expect([...topics]).toEqual([["a", { name: "a", topicId: "id of a", partitions: 2 }]]);
    expect(seen.asked).toEqual([["a", "none"]]);
  });

  it("is tried for ten seconds", async () => {
    const { watch, state, scheduler } = watched();
    state.trouble = new RetriableError("not now");
    const viewing = expect(watch.view(new Set(["a"]))).rejects.toThrow("not now");
    await scheduler.advanceBy(10_000);
    await viewing;
  });
});

it("after its end it looks no more", async () => {
  const { watch, seen, scheduler } = watched(topic("a", 1));
  watch.watch(["a"]);
  await scheduler.settle();
  watch.close();
  watch.lookSoon();
  await scheduler.advanceBy(10 * MAX_AGE_MS);
  expect(seen.looks).toBe(1);
});
